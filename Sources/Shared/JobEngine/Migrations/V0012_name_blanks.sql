-- What counts for nothing around a text that somebody typed or copied: the blanks of Unicode, tabs and line breaks
-- among them, and what shows nothing at all, such as U+200B and U+FEFF from a page or a spreadsheet. btrim(text) alone
-- takes the plain space only, and an address with anything else before it would be nobody's. ArgumentField+Blanks.swift
-- says the same.
--
-- A constant for the planner, so that btrim(…, relais.blanks()) finds an index on the same characters written out.
CREATE FUNCTION relais.blanks() RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$
    SELECT E'\u0009\u000a\u000b\u000c\u000d\u0020\u0085\u00a0\u00ad\u061c\u1680\u180e'
        '\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u200b\u200c\u200d\u200e\u200f'
        '\u2028\u2029\u202a\u202b\u202c\u202d\u202e\u202f\u205f\u2060\u2061\u2062\u2063\u2064'
        '\u2066\u2067\u2068\u2069\u206a\u206b\u206c\u206d\u206e\u206f\u3000\ufeff'
$$;
