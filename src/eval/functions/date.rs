//! Functions on dates, which are stored as seconds since 1970 in the Gregorian calendar. A crate for dates would add
//! more code than this: durations need no calendar, because a year has 365 days and a month 30 (`XmlConvert.ToTimeSpan`
//! of .NET).

use crate::eval::term::Term;
use crate::eval::terms::Terms;

const DAY: i64 = 86_400;

/// The engine's format of a date if none is given.
const DEFAULT: &str = "yyyy-MM-ddTHH:mm:ssZ";

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

const WEEKDAYS: [&str; 7] = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];

pub(super) fn add(terms: &mut Terms, arguments: &[Term]) -> Option<Term> {
    let (seconds, has_zone) = read(terms.known_text(*arguments.first()?)?)?;
    let seconds = seconds.checked_add(duration(terms.known_text(*arguments.get(1)?)?)?)?;
    let format = match arguments.get(2) {
        Some(&format) => terms.known_text(format)?,
        // It is not documented how the engine ends a time without a zone.
        None => Some(DEFAULT).filter(|_| has_zone)?,
    };
    let text = written(seconds, format)?;
    Some(terms.text(&text))
}

pub(super) fn from_epoch(terms: &mut Terms, arguments: &[Term]) -> Option<Term> {
    let text = written(terms.known_int(*arguments.first()?)?, DEFAULT)?;
    Some(terms.text(&text))
}

pub(super) fn to_epoch(terms: &mut Terms, arguments: &[Term]) -> Option<Term> {
    let (seconds, _) = read(terms.known_text(*arguments.first()?)?)?;
    Some(terms.int(seconds))
}

/// The number of a day, where 1970-01-01 is 0. Years begin in March here, so that the leap day is their last.
fn day_of(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    year * 365 + year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400) + of_year - 719_468
}

/// Year, month and day of the number of a day.
fn date_of(number: i64) -> (i64, i64, i64) {
    let number = number + 719_468;
    let (era, of_era) = (number.div_euclid(146_097), number.rem_euclid(146_097));
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let from_march = (5 * of_year + 2) / 153;
    let day = of_year - (153 * from_march + 2) / 5 + 1;
    let month = if from_march < 10 { from_march + 3 } else { from_march - 9 };
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

/// A number of exactly `count` digits, and the text after it.
fn digits(text: &str, count: usize) -> Option<(i64, &str)> {
    let (number, rest) = text.split_at_checked(count)?;
    if !number.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    Some((number.parse().ok()?, rest))
}

/// `2026-01-31`, `2026-01-31T08:00:00Z`, `2026-01-31 08:00:00Z`: the seconds, and whether a zone is given.
fn read(text: &str) -> Option<(i64, bool)> {
    let (year, rest) = digits(text, 4)?;
    let (month, rest) = digits(rest.strip_prefix('-')?, 2)?;
    let (day, rest) = digits(rest.strip_prefix('-')?, 2)?;
    let number = day_of(year, month, day);
    if year == 0 || date_of(number) != (year, month, day) {
        return None;
    }
    if rest.is_empty() {
        return Some((number * DAY, false));
    }
    let (hour, rest) = digits(rest.strip_prefix(['T', ' '])?, 2)?;
    let (minute, rest) = digits(rest.strip_prefix(':')?, 2)?;
    let (second, rest) = digits(rest.strip_prefix(':')?, 2)?;
    // Ex) `2026-01-31T08:00:00.0000000Z`; fractions of a second are ignored.
    let rest = match rest.strip_prefix('.') {
        Some(rest) => rest.trim_start_matches('0'),
        None => rest,
    };
    if hour > 23 || minute > 59 || second > 59 || !matches!(rest, "" | "Z") {
        return None;
    }
    Some((number * DAY + hour * 3_600 + minute * 60 + second, rest == "Z"))
}

/// The seconds of an ISO 8601 duration. Ex) `P1Y2M3DT4H5M6S`, `-PT1H`
fn duration(text: &str) -> Option<i64> {
    let (sign, rest) = match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text),
    };
    let rest = rest.strip_prefix('P')?;
    let (days, time) = match rest.split_once('T') {
        Some((days, time)) => (days, Some(time)),
        None => (rest, None),
    };
    if time.is_some_and(str::is_empty) || rest.is_empty() {
        return None;
    }
    let of_days = sum(days, &[('Y', 365 * DAY), ('M', 30 * DAY), ('D', DAY)])?;
    let of_time = sum(time.unwrap_or_default(), &[('H', 3_600), ('M', 60), ('S', 1)])?;
    of_days.checked_add(of_time)?.checked_mul(sign)
}

/// Adds up numbers with units, which must come in this order.
fn sum(mut text: &str, units: &[(char, i64)]) -> Option<i64> {
    let mut units = units.iter();
    let mut sum: i64 = 0;
    while !text.is_empty() {
        let end = text.find(|sign: char| !sign.is_ascii_digit())?;
        let count: i64 = text[..end].parse().ok()?;
        let unit = text[end..].chars().next()?;
        let &(_, seconds) = units.find(|(known, _)| *known == unit)?;
        sum = sum.checked_add(count.checked_mul(seconds)?)?;
        text = &text[end + 1..];
    }
    Some(sum)
}

/// Formats a time like .NET in the invariant culture; `None` if the format needs anything that is not implemented here.
fn written(seconds: i64, format: &str) -> Option<String> {
    let format = match format {
        "d" => "MM/dd/yyyy",
        "s" => "yyyy-MM-ddTHH:mm:ss",
        "u" => "yyyy-MM-dd HH:mm:ssZ",
        "r" | "R" => "ddd, dd MMM yyyy HH:mm:ss 'GMT'",
        _ if format.chars().count() < 2 => return None,
        _ => format,
    };
    let (number, time) = (seconds.div_euclid(DAY), seconds.rem_euclid(DAY));
    let (year, month, day) = date_of(number);
    if !(1..=9_999).contains(&year) {
        return None;
    }
    let (hour, minute, second) = (time / 3_600, time / 60 % 60, time % 60);
    let weekday = WEEKDAYS[usize::try_from((number + 4).rem_euclid(7)).ok()?];
    let month_name = MONTHS[usize::try_from(month - 1).ok()?];
    let mut out = String::new();
    let mut rest = format;
    while let Some(sign) = rest.chars().next() {
        let count = rest.chars().take_while(|&next| next == sign).count();
        let width = count.min(2);
        let text = match (sign, count) {
            ('y', 1 | 2) => format!("{:0count$}", year % 100),
            ('y', 3..=9) => format!("{year:0count$}"),
            ('M', 1 | 2) => format!("{month:0count$}"),
            ('M', 3) => month_name[..3].to_owned(),
            ('M', _) => month_name.to_owned(),
            ('d', 1 | 2) => format!("{day:0count$}"),
            ('d', 3) => weekday[..3].to_owned(),
            ('d', _) => weekday.to_owned(),
            ('H', _) => format!("{hour:0width$}"),
            ('h', _) => format!("{:0width$}", (hour + 11) % 12 + 1),
            ('m', _) => format!("{minute:0width$}"),
            ('s', _) => format!("{second:0width$}"),
            ('t', _) => (if hour < 12 { "AM" } else { "PM" })[..width].to_owned(),
            ('f', 1..=7) => "0".repeat(count),
            ('\'' | '"', _) => {
                let (quoted, after) = rest[1..].split_once(sign)?;
                out.push_str(quoted);
                rest = after;
                continue;
            }
            ('y' | 'f' | 'F' | 'g' | 'K' | 'z' | '%' | '\\', _) => return None,
            _ => rest[..sign.len_utf8() * count].to_owned(),
        };
        out.push_str(&text);
        rest = &rest[sign.len_utf8() * count..];
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::{DAY, DEFAULT, date_of, day_of, duration, read, written};

    #[test]
    fn numbers_and_dates_are_one_to_one() {
        let mut before = date_of(-800_000);
        for number in -799_999..800_000 {
            let date = date_of(number);
            assert!(date > before, "{date:?}");
            assert_eq!(day_of(date.0, date.1, date.2), number);
            before = date;
        }
        assert_eq!(date_of(0), (1970, 1, 1));
        assert_eq!(day_of(2000, 2, 29) + 1, day_of(2000, 3, 1));
        assert_eq!(day_of(1900, 2, 28) + 1, day_of(1900, 3, 1));
    }

    #[test]
    fn what_is_written_is_read() {
        for seconds in [0, 1, -1, 951_782_400, 4_102_444_799] {
            let text = written(seconds, DEFAULT).expect("this format is known");
            assert_eq!(read(&text), Some((seconds, true)), "{text}");
        }
        for text in
            ["2026-02-29", "2026-13-01", "2026-1-1", "2026-01-01T24:00:00Z", "2026-01-01T00:00:00+01:00"]
        {
            assert_eq!(read(text), None, "{text}");
        }
    }

    #[test]
    fn a_duration_has_its_units_in_order() {
        assert_eq!(duration("P1Y"), Some(365 * DAY));
        assert_eq!(duration("-P1DT1H1M1S"), Some(-(DAY + 3_661)));
        for text in ["", "P", "PT", "P1", "P1H", "P1M1Y", "PT1.5S", "P1W"] {
            assert_eq!(duration(text), None, "{text}");
        }
    }

    #[test]
    fn formats_are_those_of_the_invariant_culture() {
        let at = |format| written(951_827_696, format);
        assert_eq!(at("d/M/yy h:mm tt").as_deref(), Some("29/2/00 12:34 PM"));
        assert_eq!(at("dddd, dd MMM yyyy").as_deref(), Some("Tuesday, 29 Feb 2000"));
        assert_eq!(at("R").as_deref(), Some("Tue, 29 Feb 2000 12:34:56 GMT"));
        assert_eq!(at("u").as_deref(), Some("2000-02-29 12:34:56Z"));
        assert_eq!(at("'d'yyyy").as_deref(), Some("d2000"));
        assert_eq!(at("yyyyMMddHHmmssfff").as_deref(), Some("20000229123456000"));
        assert_eq!(at("zzz"), None);
    }
}
