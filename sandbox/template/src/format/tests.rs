//! Facts about printing, checked against Go.

use super::*;
use crate::value::{Type, Width};
use std::sync::Arc;

fn check(format: &str, values: &[Value], expected: &str) {
    let mut out = Vec::new();
    print_format(format.as_bytes(), values, &mut out);
    assert_eq!(String::from_utf8_lossy(&out), expected, "{format}");
}

fn ints(items: &[i64]) -> Value {
    let items = items.iter().copied().map(Value::int).collect();
    Value::List(Arc::new(crate::value::List::new(
        Type::Int(Width::Plain),
        items,
    )))
}

#[test]
fn precisions_have_no_bound_of_their_own() {
    let long = |format: &str, value: Value| {
        let mut out = Vec::new();
        print_format(format.as_bytes(), &[value], &mut out);
        String::from_utf8(out).unwrap()
    };
    let zeros = "0".repeat(70_000);
    for (format, value, expected) in [
        ("%.70000f", Value::float(1.0), format!("1.{zeros}")),
        ("%.70000e", Value::float(1.0), format!("1.{zeros}e+00")),
        ("%.70000x", Value::float(1.0), format!("0x1.{zeros}p+00")),
        ("%.70000g", Value::float(0.5), "0.5".to_owned()),
        ("%.70000U", Value::int(0), format!("U+{zeros}")),
        ("%.70000d", Value::int(0), zeros.clone()),
    ] {
        assert_eq!(long(format, value), expected, "{format}");
    }
    let smallest = long("%.2000f", Value::float(5e-324));
    assert_eq!(smallest.len(), 2002);
    assert!(smallest.trim_end_matches('0').ends_with("5"));
}

#[test]
fn floats() {
    let values: Vec<Value> = [1e6, 123_456_789.0, 1e20, 100_000.0, 1e-5, 0.0001, 12.5, 3.0]
        .map(Value::float)
        .into();
    let mut out = Vec::new();
    print_line(&values, &mut out);
    assert_eq!(
        String::from_utf8_lossy(&out),
        "1e+06 1.23456789e+08 1e+20 100000 1e-05 0.0001 12.5 3\n"
    );
    check("%v", &[Value::Float(f64::from(0.1_f32), Width::W32)], "0.1");
    let one = Value::float;
    check(
        "%#g %#v %G %#.3g %.3g",
        &[one(1e6), one(1e6), one(1e-10), one(1.0), one(123_456.0)],
        "1.00000e+06 1e+06 1E-10 1.00 1.23e+05",
    );
    check(
        "%.0f %#.0f %+.2e %x %X %b",
        &[
            one(2.5),
            one(2.5),
            one(12345.678),
            one(1.5),
            one(1.5),
            one(1.5),
        ],
        "2 2. +1.23e+04 0x1.8p+00 0X1.8P+00 6755399441055744p-52",
    );
    check(
        "%08.3f|%x|%6.1f%%|%.3x|%X",
        &[one(-3.25), one(0.1), one(45.67), one(1.999), one(-0.1)],
        "-003.250|0x1.999999999999ap-04|  45.7%|0x1.ffcp+00|-0X1.999999999999AP-04",
    );
    check(
        "%v %v %08f",
        &[one(f64::NAN), one(f64::NEG_INFINITY), one(f64::INFINITY)],
        "NaN -Inf     +Inf",
    );
    check(
        "%.2f %v",
        &[Value::Complex(1.0, 2.0), Value::Complex(1.0, -2.0)],
        "(1.00+2.00i) (1-2i)",
    );
}

#[test]
fn ties_are_even() {
    let values = [
        Value::float(894_976_534_691_086.2),
        Value::float(1_287_859_333_180_201.2),
        Value::float(0.1 + 0.2),
    ];
    check(
        "%v %v %v",
        &values,
        "8.949765346910862e+14 1.2878593331802012e+15 0.30000000000000004",
    );
}

#[test]
fn whole_numbers() {
    let n = Value::int;
    check(
        "%6d|%-6d|%06d|%x|%X|%#x|%o|%#o|%O|%b|%#b",
        &[
            n(-42),
            n(42),
            n(-42),
            n(-255),
            n(255),
            n(255),
            n(8),
            n(8),
            n(8),
            n(5),
            n(5),
        ],
        "   -42|42    |-00042|-ff|FF|0xff|10|010|0o10|101|0b101",
    );
    check(
        "% d|%+d|%.5d|%8.5d|%.0d|",
        &[n(7), n(7), n(42), n(42), n(0)],
        " 7|+7|00042|   00042||",
    );
    check(
        "%U|%#U|%c|%q|%U|%.6U|%c",
        &[
            n(0x1F600),
            n(0x1F600),
            n(0x1F600),
            n(65),
            n(-1),
            n(65),
            n(-1),
        ],
        "U+1F600|U+1F600 '😀'|😀|'A'|U+FFFFFFFFFFFFFFFF|U+000041|\u{fffd}",
    );
    check(
        "%08v|%-08v|%+v|% v",
        &[n(3), n(3), n(3), n(3)],
        "00000003|3       |3| 3",
    );
}

#[test]
fn strings() {
    let t = |text: &str| Value::text(text);
    check(
        "%q|%#q|%+q|%x|% x|%#x|% #x|%.2x|%10.3s|%05s",
        &[
            t("hi\""),
            t("hi"),
            t("hé"),
            t("hello"),
            t("hello"),
            t("hello"),
            t("hello"),
            t("hello"),
            t("hello"),
            t("ab"),
        ],
        "\"hi\\\"\"|`hi`|\"h\\u00e9\"|68656c6c6f|68 65 6c 6c 6f|0x68656c6c6f|0x68 0x65 0x6c 0x6c 0x6f|6865|       hel|000ab",
    );
}

#[test]
fn directives() {
    let n = Value::int;
    check(
        "%d %[1]v %[3]d %*d %-*d| %.*f %!|%z %d",
        &[
            n(1),
            n(2),
            n(3),
            n(5),
            n(42),
            n(5),
            n(42),
            n(2),
            Value::float(3.25),
        ],
        "1 1 3    42 42   | 3.25 %!!(MISSING)|%!z(MISSING) %!d(MISSING)",
    );
    check(
        "%d %s %t %v %d",
        &["a".into(), n(1), n(2), Value::Nil, Value::Nil],
        "%!d(string=a) %!s(int=1) %!t(int=2) <nil> %!d(<nil>)",
    );
    check(
        "%d",
        &[n(1), "x".into(), Value::Nil, Value::float(2.5)],
        "1%!(EXTRA string=x, <nil>, float64=2.5)",
    );
    check(
        "%[5]d %[x]d %[1]d %d %[2]*[1]d|%.[2]*[1]f|%[3]\n",
        &[n(1), n(2)],
        "%!d(BADINDEX) %!d(BADINDEX) 1 2  1|%!f(int=01)|%!\n(BADINDEX)",
    );
    check(
        "%.*d|%*d|%*d",
        &[n(-1), n(5), n(-5), n(3), "a".into(), n(3)],
        "%!(BADPREC)5|3    |%!(BADWIDTH)3",
    );
    check("%999999999d", &[n(3)], "%!(NOVERB)%!(EXTRA int=3)");
    check("100%%|%5%|%é|%", &[n(3)], "100%|%|%!é(int=3)|%!(NOVERB)");
    check(
        "%[0]d|%[-1]d|%[1d|%[]d",
        &[n(1)],
        "%!d(BADINDEX)|%!d(BADINDEX)|%!d(BADINDEX)",
    );
}

#[test]
fn composites() {
    let mixed = Value::list(vec![
        Value::int(1),
        "a".into(),
        Value::Nil,
        Value::float(2.5),
    ]);
    let map = Value::map([("b", Value::int(2)), ("a", Value::int(1))]);
    check(
        "%v %d %s",
        &[mixed.clone(), mixed.clone(), mixed.clone()],
        "[1 a <nil> 2.5] [1 %!d(string=a) <nil> %!d(float64=2.5)] [%!s(int=1) a <nil> %!s(float64=2.5)]",
    );
    check(
        "%#v %#v %v %+v",
        &[mixed, map.clone(), map.clone(), map],
        "[]interface {}{1, \"a\", interface {}(nil), 2.5} map[string]interface {}{\"a\":1, \"b\":2} map[a:1 b:2] map[a:1 b:2]",
    );
    check(
        "%5v|%-5v|%05d|%#v",
        &[
            ints(&[1, 2]),
            ints(&[1, 2]),
            ints(&[1, 2]),
            Value::Uint(3, Width::Plain),
        ],
        "[    1     2]|[1     2    ]|[00001 00002]|0x3",
    );
    let bytes = Value::Bytes(b"hi"[..].into());
    check(
        "%v|%s|%x|%d|%#v|%q",
        &[
            bytes.clone(),
            bytes.clone(),
            bytes.clone(),
            bytes.clone(),
            bytes.clone(),
            bytes,
        ],
        "[104 105]|hi|6869|[104 105]|[]byte{0x68, 0x69}|\"hi\"",
    );
    check(
        "%T %T %T %T",
        &[
            ints(&[]),
            Value::Nil,
            Value::texts(["a"]),
            Value::map([("a", Value::Nil)]),
        ],
        "[]int <nil> []string map[string]interface {}",
    );
}

#[test]
fn layouts() {
    let time: jiff::Zoned = "2024-03-05T06:07:08.12045+05:30[+05:30]"
        .parse()
        .unwrap_or_default();
    for (pattern, expected) in [
        (
            "2006-01-02T15:04:05.999999999Z07:00",
            "2024-03-05T06:07:08.12045+05:30",
        ),
        ("Mon Jan _2 15:04:05 2006", "Tue Mar  5 06:07:08 2024"),
        (
            "Monday, 02-Jan-06 15:04:05 MST",
            "Tuesday, 05-Mar-24 06:07:08 +0530",
        ),
        ("3:04PM Jan _2 05.000000", "6:07AM Mar  5 08.120450"),
        (
            "2006-002 __2 _2 .000 ,999 .999999 -07 Z07",
            "2024-065  65  5 .120 ,12 .12045 +05 +05",
        ),
        (
            "_2006 Month Janx 05.00 05,99 0.000 2006.1",
            "_2024 Month Janx 08.12 08,12 0.120 2024.3",
        ),
        (
            "pm PM 3 03 15 4 04 5 05 1 01 2 02 06 Mon Monday Jan January",
            "am AM 6 06 06 7 07 8 08 3 03 5 05 24 Tue Tuesday Mar March",
        ),
    ] {
        assert_eq!(layout(&time, pattern), expected);
    }
    assert_eq!(
        text(&Value::Time(Arc::new(time))),
        "2024-03-05 06:07:08.12045 +0530 +0530"
    );
    assert_eq!(
        text(&Value::Time(Arc::new(crate::value::zero_time()))),
        "0001-01-01 00:00:00 +0000 UTC"
    );
}

#[test]
fn values_that_hold_one_another_twice_end() {
    let map = Value::map([("a", Value::Nil)]);
    if let Value::Map(inside) = &map {
        inside.set("a".into(), map.clone());
        inside.set("b".into(), map.clone());
    }
    let mut out = Vec::new();
    append(&map, &mut out);
    assert!(out.len() < 40 << 20, "{}", out.len());
}
