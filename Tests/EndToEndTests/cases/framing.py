"""Requests that say in two ways, or in an odd one, where their body ends."""

from cases.row import HOST, SMUGGLED, Broken, Either, Passed, Refused, head, post, rows

CHUNKED = b"Transfer-Encoding: chunked"
END = b"0\r\n\r\n"
HELLO = b"5\r\nhello\r\n" + END

BOTH = rows(
    "both Content-Length and Transfer-Encoding", "RFC 9112 6.1, 6.3",
    ("length first", post(b"Content-Length: 5", CHUNKED, body=END)),
    ("coding first", post(CHUNKED, b"Content-Length: 5", body=END)),
    ("CL.TE with a request behind", post(b"Content-Length: %d" % (len(END) + len(SMUGGLED)), CHUNKED, body=END + SMUGGLED)),
    ("TE.CL with a request within", post(b"Content-Length: 4", CHUNKED, body=b"%x\r\n%b\r\n" % (len(SMUGGLED), SMUGGLED) + END)),
    ("length 0", post(b"Content-Length: 0", CHUNKED, body=END + SMUGGLED)),
    ("in a GET", head(b"Content-Length: 5", CHUNKED) + END),
    ("in lower case", post(b"content-length: 5", b"transfer-encoding: chunked", body=END)),
    ("in mixed case", post(b"CoNtEnT-LeNgTh: 5", b"tRANSFER-eNCODING: cHUNKED", body=END)),
    ("with the coding identity", post(b"Content-Length: 5", b"Transfer-Encoding: identity", body=b"hello"), Refused(400, 501)),
    ("with an unknown coding", post(b"Content-Length: 5", b"Transfer-Encoding: xchunked", body=b"hello"), Refused(400, 501)),
    ("with an empty coding", post(b"Content-Length: 5", b"Transfer-Encoding:", body=b"hello"), Refused(400, 501)),
    ("with a tab before the coding", post(b"Content-Length: 5", b"Transfer-Encoding:\tchunked", body=END)),
    ("far apart", post(b"Content-Length: 5", *(b"X-%d: y" % index for index in range(60)), CHUNKED, body=END)),
    ("in HTTP/1.0", post(b"Content-Length: 5", CHUNKED, body=END, version=b"1.0")),
    ("two of each", post(b"Content-Length: 5", CHUNKED, b"Content-Length: 5", CHUNKED, body=END)),
    ("before Host", b"POST /case HTTP/1.1\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\nHost: example.com\r\n\r\n" + END),
)


def length(value, body=b"hello"):
    return post(b"Content-Length: " + value, body=body)


LENGTHS = rows(
    "Content-Length", "RFC 9112 6.2, RFC 9110 8.6",
    ("differing lines", post(b"Content-Length: 5", b"Content-Length: 6", body=b"hello!")),
    ("differing, the first 0", post(b"Content-Length: 0", b"Content-Length: %d" % len(SMUGGLED), body=SMUGGLED)),
    ("differing, the last 0", post(b"Content-Length: %d" % len(SMUGGLED), b"Content-Length: 0", body=SMUGGLED)),
    ("equal lines", post(b"Content-Length: 5", b"Content-Length: 5", body=b"hello")),
    ("an equal list", length(b"5, 5")),
    ("a differing list", length(b"5, 6")),
    ("a list of one and nothing", length(b"5,")),
    ("a list of nothing and one", length(b",5")),
    ("plus", length(b"+5")),
    ("minus", length(b"-5")),
    ("minus zero", length(b"-0", b"")),
    ("hexadecimal", length(b"0x5")),
    ("hexadecimal digits", length(b"a", b"helloworld")),
    ("a fraction", length(b"5.0")),
    ("an exponent", length(b"5e0")),
    ("an underscore", length(b"1_0", b"helloworld")),
    ("a space within", length(b"1 0", b"helloworld")),
    ("a tab within", length(b"1\t0", b"helloworld")),
    ("empty", length(b"", b"")),
    ("quoted", length(b'"5"')),
    ("a letter behind", length(b"5a")),
    ("a semicolon behind", length(b"5;x=y")),
    ("white space alone", length(b" \t ", b"")),
    ("vertical tab before", length(b"\x0b5")),
    ("form feed behind", length(b"5\x0c")),
    ("NUL behind", length(b"5\0")),
    ("not ASCII digits", length("٥".encode())),
    ("superscript digits", length("5²".encode())),
    ("a no-break space before", length(b"\xa05")),
    ("2^64", length(b"18446744073709551616")),
    ("2^64 + 5", length(b"18446744073709551621")),
    ("a hundred digits", length(b"9" * 100)),
    ("folded", length(b"\r\n 5")),
    ("folded in two", length(b"1\r\n 0", b"helloworld")),
    ("padded with a zero", length(b"05"), Either((400,), Passed(body=b"hello"))),
    ("padded with many zeros", length(b"0" * 40 + b"5"), Either((400,), Passed(body=b"hello"))),
    ("white space around it", post(b"Content-Length: \t 5 \t ", body=b"hello"), Passed(body=b"hello")),
    ("no white space before it", post(b"Content-Length:5", body=b"hello"), Passed(body=b"hello")),
    ("0", length(b"0", b""), Passed()),
    ("in a GET", head(b"Content-Length: 5") + b"hello", Passed(body=b"hello")),
    ("a name with an underscore is another", post(b"Content_Length: 5", body=SMUGGLED), Either((400,), Passed(count=2))),
    ("a name with a letter more is another", post(b"Content-Lengthy: 5", body=SMUGGLED), Passed(count=2)),
)


def coding(value, body=HELLO, version=b"1.1"):
    return post(b"Transfer-Encoding: " + value, body=body, version=version)


UNKNOWN = Refused(400, 501)

CODINGS = rows(
    "Transfer-Encoding", "RFC 9112 6.1, 7",
    ("an unknown coding", coding(b"xchunked"), UNKNOWN),
    ("gzip alone", coding(b"gzip"), UNKNOWN),
    ("gzip before chunked", coding(b"gzip, chunked"), Refused(501)),
    ("deflate before chunked", coding(b"deflate, chunked"), Refused(501)),
    ("identity", coding(b"identity"), UNKNOWN),
    ("identity before chunked", coding(b"identity, chunked"), UNKNOWN),
    ("chunked not last", coding(b"chunked, gzip"), UNKNOWN),
    ("chunked before identity", coding(b"chunked, identity"), UNKNOWN),
    ("chunked twice", coding(b"chunked, chunked"), UNKNOWN),
    ("chunked in two lines", post(CHUNKED, CHUNKED, body=HELLO), UNKNOWN),
    ("chunked, then identity, in two lines", post(CHUNKED, b"Transfer-Encoding: identity", body=HELLO), UNKNOWN),
    ("identity, then chunked, in two lines", post(b"Transfer-Encoding: identity", CHUNKED, body=HELLO), UNKNOWN),
    ("an empty line, then chunked", post(b"Transfer-Encoding:", CHUNKED, body=HELLO), UNKNOWN),
    ("empty", coding(b""), UNKNOWN),
    ("a comma before", coding(b", chunked"), UNKNOWN),
    ("a comma behind", coding(b"chunked,"), UNKNOWN),
    ("a parameter", coding(b"chunked;q=1"), UNKNOWN),
    ("quoted", coding(b'"chunked"'), UNKNOWN),
    ("in single quotes", coding(b"'chunked'"), UNKNOWN),
    ("vertical tab before", coding(b"\x0bchunked"), UNKNOWN),
    ("form feed behind", coding(b"chunked\x0c"), UNKNOWN),
    ("NUL behind", coding(b"chunked\0"), UNKNOWN),
    ("a no-break space behind", coding(b"chunked\xa0"), UNKNOWN),
    ("a control byte within", coding(b"chu\x01nked"), UNKNOWN),
    ("a space within", coding(b"chunk ed"), UNKNOWN),
    ("a bare CR before", coding(b"\rchunked")),
    ("a bare CR behind", coding(b"chunked\r")),
    ("folded", coding(b"\r\n chunked")),
    ("folded behind x", coding(b"x\r\n\tchunked")),
    ("a Kelvin sign for a k", coding("chun\u212aed".encode()), UNKNOWN),
    ("a space before the colon", post(b"Transfer-Encoding : chunked", body=HELLO)),
    ("a tab before the colon", post(b"Transfer-Encoding\t: chunked", body=HELLO)),
    ("a space before the name", post(b" Transfer-Encoding: chunked", body=HELLO)),
    ("behind a folded line", post(b"X: y", b" Transfer-Encoding: chunked", body=HELLO)),
    ("a NUL in the name", post(b"Transfer\0-Encoding: chunked", body=HELLO)),
    ("in HTTP/1.0", coding(b"chunked", version=b"1.0")),
    ("in HTTP/1.0 that keeps alive", post(CHUNKED, b"Connection: keep-alive", body=HELLO, version=b"1.0")),
    ("a name with an underscore is another", post(b"Transfer_Encoding: chunked", body=SMUGGLED), Either((400,), Passed(count=2))),
    ("plain", coding(b"chunked"), Passed(body=b"hello")),
    ("in capitals", coding(b"CHUNKED"), Passed(body=b"hello")),
    ("white space before it", coding(b" \t chunked"), Passed(body=b"hello")),
    ("white space behind it", coding(b"chunked \t "), Either((400,), Passed(body=b"hello"))),
    ("in a GET", head(CHUNKED) + HELLO, Passed(body=b"hello")),
    ("with a request behind", coding(b"chunked", HELLO + SMUGGLED), Passed(body=b"hello", count=2)),
)


def sized(*sizes, data=b"hello"):
    """A body whose first chunk's size line is `sizes[0]`, as it stands."""
    return post(CHUNKED, body=sizes[0] + b"\r\n" + data + b"\r\n" + END)


CHUNKS = rows(
    "chunk sizes", "RFC 9112 7.1",
    ("0x", sized(b"0x5")),
    ("plus", sized(b"+5")),
    ("minus", sized(b"-5")),
    ("a space before", sized(b" 5")),
    ("a tab before", sized(b"\t5")),
    ("not a digit", sized(b"g")),
    ("a letter behind", sized(b"5h")),
    ("empty", sized(b"")),
    ("an underscore", sized(b"0_5")),
    ("a comma", sized(b"5,5")),
    ("a dot", sized(b"5.")),
    ("NUL behind", sized(b"5\0")),
    ("vertical tab behind", sized(b"5\x0b")),
    ("2^64", sized(b"10000000000000000")),
    ("2^64 + 5", sized(b"10000000000000005")),
    ("2^64 - 1", sized(b"ffffffffffffffff")),
    ("2^63", sized(b"8000000000000000")),
    ("2^32 + 5, cut off at 32 bits", sized(b"100000005" + b"0" * 9)),
    ("a bare LF behind the size", post(CHUNKED, body=b"5\nhello\r\n" + END)),
    ("a bare CR behind the size", post(CHUNKED, body=b"5\rhello\r\n" + END)),
    ("two CR behind the size", post(CHUNKED, body=b"5\r\r\nhello\r\n" + END)),
    ("a bare LF behind the data", post(CHUNKED, body=b"5\r\nhello\n" + END)),
    ("nothing behind the data", post(CHUNKED, body=b"5\r\nhello" + END)),
    ("two bytes more than told", post(CHUNKED, body=b"5\r\nhelloXX\r\n" + END)),
    ("an empty line before the size", post(CHUNKED, body=b"\r\n" + HELLO)),
    ("a bare LF in an extension", sized(b"5;a\nb")),
    ("a bare CR in an extension", sized(b"5;a\rb")),
    ("NUL in an extension", sized(b"5;a\0b")),
    ("TERM.EXT: a size in an extension", post(CHUNKED, body=b"5;\n1f\r\nhello\r\n" + END)),
    ("a bare LF behind the last size", post(CHUNKED, body=b"5\r\nhello\r\n0\n\r\n")),
    ("a bare LF at the very end", post(CHUNKED, body=b"5\r\nhello\r\n0\r\n\n")),
    ("the last size negative", post(CHUNKED, body=b"5\r\nhello\r\n-0\r\n\r\n")),
    expected=Broken(400),
) + rows(
    "chunks that are allowed", "RFC 9112 7.1",
    ("two of them", post(CHUNKED, body=b"2\r\nhe\r\n3\r\nllo\r\n" + END), Passed(body=b"hello")),
    ("capital digits", post(CHUNKED, body=b"A\r\nhelloworld\r\n" + END), Passed(body=b"helloworld")),
    ("an extension", sized(b"5;a=b"), Either((400,), Passed(body=b"hello"))),
    ("a quoted extension", sized(b'5;a="b;c"'), Either((400,), Passed(body=b"hello"))),
    ("leading zeros", sized(b"0005"), Either((400,), Passed(body=b"hello"))),
    ("several zeros at the end", post(CHUNKED, body=b"5\r\nhello\r\n000\r\n\r\n"), Either((400,), Passed(body=b"hello"))),
    ("a space behind the size", sized(b"5 "), Either((400,), Passed(body=b"hello"))),
)


def trailer(*lines, end=b"\r\n"):
    return post(CHUNKED, body=b"5\r\nhello\r\n0\r\n" + b"".join(line + b"\r\n" for line in lines) + end)


TRAILERS = rows(
    "trailers", "RFC 9112 7.1.2, RFC 9110 6.5.1",
    ("Content-Length", trailer(b"Content-Length: 5")),
    ("Transfer-Encoding", trailer(CHUNKED)),
    ("Host", trailer(b"Host: other.example")),
    ("Connection", trailer(b"Connection: close")),
    ("in mixed case", trailer(b"cOnTeNt-LeNgTh: 5")),
    ("behind another", trailer(b"X-Sum: 1", b"Transfer-Encoding: chunked")),
    ("a space before the colon", trailer(b"X-Sum : 1")),
    ("folded", trailer(b"X-Sum: 1", b" 2")),
    ("no colon", trailer(b"X-Sum")),
    ("no name", trailer(b": 1")),
    ("NUL in the value", trailer(b"X-Sum: \0")),
    ("a control byte in the value", trailer(b"X-Sum: \x01")),
    ("a bare CR in the value", trailer(b"X-Sum: a\rb")),
    ("a bare LF behind a line", post(CHUNKED, body=b"0\r\nX-Sum: 1\nX: y\r\n\r\n")),
    ("without an end", trailer(*(b"X-%d: %b" % (index, b"y" * 1000) for index in range(100))), Broken(400, 413, 431)),
    expected=Broken(400),
) + rows(
    "trailers that are allowed", "RFC 9110 6.5",
    ("one", trailer(b"X-Sum: 1"), Passed(body=b"hello")),
    ("two, with a request behind", trailer(b"X-Sum: 1", b"X-Other:") + SMUGGLED, Passed(body=b"hello", count=2)),
)

ROWS = BOTH + LENGTHS + CODINGS + CHUNKS + TRAILERS
