// swift-tools-version: 6.2
import PackageDescription

let strict: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .treatAllWarnings(as: .error),
]

func c(_ name: String, _ pkgConfig: String, _ debian: String...) -> Target {
    .systemLibrary(
        name: name,
        path: "Sources/Shared/C/\(name)",
        pkgConfig: pkgConfig,
        providers: [.apt(debian)]
    )
}

func shared(_ name: String, _ uses: [Target.Dependency], resources: [Resource]? = nil) -> Target {
    .target(
        name: name,
        dependencies: uses,
        path: "Sources/Shared/\(name)",
        resources: resources,
        swiftSettings: strict
    )
}

func executable(_ name: String, at path: String, _ uses: [Target.Dependency]) -> Target {
    .executableTarget(name: name, dependencies: uses, path: path, swiftSettings: strict)
}

func tests(_ name: String, _ uses: [Target.Dependency]) -> Target {
    .testTarget(name: name, dependencies: uses, path: "Tests/\(name)", swiftSettings: strict)
}

let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let metrics = Target.Dependency.product(name: "Metrics", package: "swift-metrics")
let lifecycle = Target.Dependency.product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let asyncAlgorithms = Target.Dependency.product(name: "AsyncAlgorithms", package: "swift-async-algorithms")
let collections = Target.Dependency.product(name: "DequeModule", package: "swift-collections")
let crypto = Target.Dependency.product(name: "Crypto", package: "swift-crypto")
let configuration = Target.Dependency.product(name: "Configuration", package: "swift-configuration")
let arguments = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
let hummingbird = Target.Dependency.product(name: "Hummingbird", package: "hummingbird")
let mustache = Target.Dependency.product(name: "Mustache", package: "swift-mustache")

let package = Package(
    name: "relais",
    platforms: [.macOS(.v15)],
    dependencies: [
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        .package(url: "https://github.com/apple/swift-async-algorithms", from: "1.1.4"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-configuration", from: "1.4.0"),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
        .package(url: "https://github.com/hummingbird-project/swift-mustache", from: "2.1.1"),
    ],
    targets: [
        c("CRabbitMQ", "librabbitmq", "librabbitmq-dev"),
        c("CPostgres", "libpq", "libpq-dev"),
        c("CCurl", "libcurl", "libcurl4-openssl-dev"),
        c("CIDN", "libidn2", "libidn2-dev"),
        c("CXLSXWriter", "xlsxwriter", "libxlsxwriter-dev", "zlib1g-dev"),

        shared("AMQP", ["CRabbitMQ", logging, lifecycle]),
        shared("Postgres", ["CPostgres", logging, lifecycle, collections]),
        shared("Curl", ["CCurl", logging]),
        shared("Mail", ["Curl", "CCurl", "CIDN", logging]),
        shared("Spreadsheet", ["CXLSXWriter"]),
        shared(
            "JobEngine",
            ["AMQP", "Postgres", logging, metrics, lifecycle, collections],
            resources: [.embedInCode("Migrations")]
        ),
        shared(
            "Platform",
            ["JobEngine", "Postgres", crypto],
            resources: [.embedInCode("Migrations")]
        ),
        shared("MailTemplates", ["Platform", mustache]),
        shared("Bootstrap", ["Curl", logging, metrics, lifecycle, configuration]),

        executable(
            "producer",
            at: "Sources/Producer",
            [
                "Platform", "MailTemplates", "JobEngine", "AMQP", "Postgres", "Bootstrap",
                logging, metrics, lifecycle, arguments, configuration, crypto, hummingbird, mustache,
            ]
        ),
        executable(
            "workers",
            at: "Sources/Workers",
            [
                "Platform", "MailTemplates", "JobEngine", "Mail", "Curl", "Spreadsheet", "Postgres", "AMQP",
                "Bootstrap",
                logging, metrics, lifecycle, arguments, configuration, crypto,
            ]
        ),

        executable(
            "relais-chaos",
            at: "Benchmarks/Chaos",
            ["Platform", "JobEngine", "AMQP", "Postgres", logging, lifecycle]
        ),
        executable(
            "relais-peer",
            at: "Benchmarks/Peer",
            ["JobEngine", "AMQP", "Postgres", "Curl", logging, lifecycle, arguments]
        ),

        .target(
            name: "TestSupport",
            dependencies: ["AMQP", "Postgres", logging],
            path: "Tests/TestSupport",
            swiftSettings: strict
        ),
        tests("LayeringTests", []),
        tests("StackTests", ["TestSupport"]),
        tests("AMQPTests", ["AMQP", "TestSupport", logging, lifecycle]),
        tests("PostgresTests", ["Postgres", "TestSupport", logging, lifecycle]),
        tests("CurlTests", ["Curl", "TestSupport", logging]),
        tests("MailTests", ["Mail", "TestSupport", logging]),
        tests("BootstrapTests", ["Bootstrap", logging, metrics, lifecycle, configuration]),
        tests("SpreadsheetTests", ["Spreadsheet", "TestSupport"]),
        tests("PlatformTests", ["Platform", "JobEngine", "Postgres", "TestSupport", logging, crypto]),
        tests("MailTemplatesTests", ["MailTemplates", "Platform", "JobEngine"]),
        tests(
            "ProducerTests",
            [
                "producer", "Platform", "JobEngine", "AMQP", "Postgres", "Bootstrap", "TestSupport", hummingbird,
                .product(name: "HummingbirdTesting", package: "hummingbird"),
                logging, metrics, lifecycle, arguments, configuration, crypto,
            ]
        ),
        tests(
            "WorkersTests",
            [
                "workers", "Mail", "MailTemplates", "Platform", "JobEngine", "Postgres", "AMQP", "Bootstrap",
                "Curl", "Spreadsheet",
                "TestSupport", logging, lifecycle,
            ]
        ),
        tests(
            "PromiseTests",
            [
                "producer", "workers", "MailTemplates", "Platform", "Bootstrap", "JobEngine", "Postgres", "TestSupport",
                logging,
            ]
        ),
        tests("JobEngineTests", ["JobEngine", "AMQP", "Postgres", "TestSupport", logging, lifecycle]),
    ],
    swiftLanguageModes: [.v6]
)
