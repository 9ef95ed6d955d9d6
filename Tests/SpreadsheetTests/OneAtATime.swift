import Testing

/// All tests of spreadsheets: the process has one memory, which one of them measures, and whatever another test took
/// meanwhile would be counted.
@Suite(.serialized) struct OneAtATime {
    @Suite struct XLSXWriterTests {}
    @Suite struct CSVWriterTests {}
    @Suite struct CSVReaderTests {}
    @Suite struct SpreadsheetFileTests {}
}
