# ruff: noqa: E501 - tables of texts
"""What somebody might write into a job file to make it do something else."""

VALUES = (
    "'", "''", "'''", '"', "`", "``", "\\", "\\'", "\\\\", "x' OR '1'='1", "x'; DROP TABLE cases; --", "'; SELECT 1; --",
    "-- comment", "/* comment", "*/", "/*+ BROADCAST(data) */", "' /* ", "${HOME}", "${env:PATH}", "${spark:master}",
    "$(id)", "`id`", ":value_1", ":name", "?", "{{x}}", "%s", "%(x)s", "{0}", "\n", "a\nb", "\r\n", "\t", "\x00", "a\x00b",
    "\u200b", "\u202e' OR 1=1", "\ufeff", "\u2019 OR 1=1", "\uff07 OR 1=1", "\u0430", "\u00e9", "e\u0301", "😀",
    "(SELECT 1)", "SELECT * FROM csv.`/etc/passwd`", "csv.`/etc/passwd`", "java_method('java.lang.System', 'exit', 1)",
    "reflect('java.util.UUID', 'randomUUID')", "try_reflect('java.util.UUID', 'randomUUID')",
    "IDENTIFIER('x')", "IDENTIFIER(:x)", "IDENTIFIER(", ")", "))", "(((", "x -> x", "a.b", "a[0]", "a['b']", "*", "data.*",
    "NULL", "TRUE", "1", "1 OR 1=1", "0x27", "X'27'", "U&'\\0027'", "r'x'", "CAST(1 AS int)", "DATE '2020-01-01'",
    "%", "_", "\\%", "(a+)+$", "x" * 5000, "'" * 3999, "a.b.c.d", "..", "../../etc/passwd", "file:///etc/passwd",
    "UNION ALL SELECT 1", "; SET spark.sql.restrictedMode.enabled=false", "transform(array(1), x -> x)", "__broken",
)  # fmt: skip
"""Texts: each is a value like any other."""

NAMES = tuple(
    dict.fromkeys(
        text
        for text in (
            *VALUES, "select", "from", "all", "left_side", "right_side", "left_side.x", "value_1", "name", "data", "out",
            "default", "current_date", "current_user", "user", "rule", "_metadata", "_corrupt_record", "1", "1.5", "-1",
            "a b", " a", "a ", "A", "ü", "数", "x:int", "x int", "x, y", "x) FROM secrets --",
        )
        if text.strip() and text.isprintable() and len(text) <= 255 and not text.startswith("__")
    )
)  # fmt: skip
"""Names that a column may have."""

REFUSED_NAMES = (
    "",
    " ",
    "\t",
    "a\nb",
    "\x00",
    "a\x00b",
    "\u200b",
    "\ufeff",
    "\u202e",
    "x" * 256,
    "__broken",
    "__value",
)

EXPRESSIONS = (
    "(SELECT 1)", "(SELECT max(x) FROM data)", "x IN (SELECT 1)", "EXISTS (SELECT 1)", "x = ANY (SELECT 1)",
    "java_method('java.lang.System', 'exit', 1)", "reflect('java.util.UUID', 'randomUUID')",
    "try_reflect('java.util.UUID', 'randomUUID')", "Java_Method('a', 'b')", "`java_method`('a', 'b')",
    "input_file_name()", "current_user()", "rand()", "uuid()", "now()", "current_date", "current_date()", "version()",
    "read_files('/etc/passwd')", "from_csv(t, 'x int')", "ai_query('x')", "http_get('x')", "session_user()",
    "raise_error('x')", "assert_true(false)", "spark_partition_id()", "monotonically_increasing_id()", "sleep(1)",
    "t /* comment */", "t -- comment", "t # comment", "/*+ BROADCAST(data) */ t", "t; DROP TABLE data", "t;",
    "IDENTIFIER('t')", "IDENTIFIER(:t)", ":t", "?", "${t}", "{{t}}", "@t", "$1", "t -> t", "filter(t, x -> x)",
    "t.length", "data.t", "data.*", "*", "t[0]", "t['a']", "t:a", "t::int", "x'27'", "r'a'", "U&'a'", '"t"', "'open",
    "`open", "``", "t t", "t AS u", "t OVER ()", "sum(x) OVER (PARTITION BY t)", "CAST(x AS struct<a:int>)",
    "CAST(x AS int) FROM data", "CAST(x AS int); DROP", "CAST(x AS interval)", "CAST(x AS map<int,int>)",
    "CAST(x AS `int`)", "CAST(x AS (SELECT 1))", "TRY_CAST(x AS varchar(1))", "INTERVAL '1' DAY", "x BETWEEN 1",
    "CASE x WHEN 1 THEN 2 END", "x LIKE 'a' ESCAPE '/'", "t RLIKE 'a'", "t ILIKE 'a'", "x | 1", "x & 1", "~x", "x ^ 1",
    "x << 1", "x DIV 2", "x == 1", "x ! = 1", "array(1)", "struct(1)", "map(1, 2)", "named_struct('a', 1)",
    "explode(t)", "lag(x)", "max(x)", "\u0661", "x \uff1d 1", "\u03c7", "\u0445", "lo\u200bwer(t)", "x\x00", "t || '\x00",
    "(" * 500 + "x" + ")" * 500, "lower(" * 200 + "t" + ")" * 200, "NOT " * 900 + "x = 1", "x" + " + x" * 900,
    "-" * 3001 + "t", "x" * 5000, "'" + "a" * 5000 + "'", "CASE WHEN TRUE THEN " * 100 + "1" + " END" * 100,
)  # fmt: skip
"""Texts that are no expression of ours; `x` is a number and `t` a text."""
