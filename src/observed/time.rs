//! Parses times and durations in the forms that Azure and its tools write.

use serde_json::Value;

use super::read::member;

/// Milliseconds since 1970, in UTC.
pub(crate) type Instant = i64;

const MS_OF_DAY: i64 = 86_400_000;

/// The start of the year 2. Azure writes an earlier time if there is none.
pub(super) const YEAR_TWO: Instant = -62_104_060_800_000;

/// A time. Ex) `2026-11-28T10:00:00.1234567Z`, `2026-11-28T11:00:00+01:00`, `/Date(1795860000000)/`
pub(super) fn instant(value: &Value) -> Option<Instant> {
    match value {
        Value::String(text) => dated(text.trim()).or_else(|| written(text.trim())),
        // Windows PowerShell writes a date as an object. Ex) { "value": "/Date(…)/", "DateTime": "Saturday, …" }
        Value::Object(members) => instant(member(members, "value")?),
        _ => None,
    }
}

/// Ex) `/Date(1795860000000)/`, also with a zone behind the number, which only says how it was shown.
fn dated(text: &str) -> Option<Instant> {
    let inside = text.strip_prefix("/Date(")?.strip_suffix(")/")?;
    let zone = inside.char_indices().skip(1).find(|(_, c)| matches!(c, '+' | '-'));
    inside[..zone.map_or(inside.len(), |(at, _)| at)].parse().ok()
}

/// ISO 8601. A time without a zone is in UTC, as Azure writes it.
fn written(text: &str) -> Option<Instant> {
    let (date, rest) = text.split_once(['T', 't', ' '])?;
    let mut parts = date.splitn(3, '-').map(number);
    let (year, month, day) = (parts.next()??, parts.next()??, parts.next()??);
    let is_date = (1..=9999).contains(&year) && (1..=12).contains(&month) && (1..=31).contains(&day);
    // Ex) the 30th of February is the 1st or 2nd of March
    let is_date = is_date && date_of(days(year, month, day)) == (year, month, day);
    let zone_at = rest.find(['Z', 'z', '+', '-']).unwrap_or(rest.len());
    let (time, zone) = rest.split_at(zone_at);
    let time = clock(time.trim())?;
    let zone = zone_of(zone)?;
    (is_date && time < MS_OF_DAY + 1000).then(|| days(year, month, day) * MS_OF_DAY + time - zone)
}

fn number(text: &str) -> Option<i64> {
    let is_plain = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|_| is_plain)
}

/// Days from 1970 to a date of the Gregorian calendar. These few lines take less room in the binary than the tables of
/// `chrono`, which only the JUnit format needs: <https://howardhinnant.github.io/date_algorithms.html#days_from_civil>
fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

/// `10:00:00.1234567`, in milliseconds.
fn clock(text: &str) -> Option<i64> {
    let mut parts = text.splitn(3, ':');
    let (hours, minutes) = (number(parts.next()?)?, number(parts.next()?)?);
    let seconds = parts.next().map_or(Some(0), seconds)?;
    (hours <= 24 && minutes < 60).then_some((hours * 60 + minutes) * 60_000 + seconds)
}

/// `12.3456`, in milliseconds.
fn seconds(text: &str) -> Option<i64> {
    let (whole, part) = text.split_once(['.', ',']).unwrap_or((text, "0"));
    let part: String = part.chars().chain("000".chars()).take(3).collect();
    number(whole)?.checked_mul(1000)?.checked_add(number(&part)?)
}

/// `Z`, `+01:00`, `-0330`, or nothing; in milliseconds east of universal time.
fn zone_of(text: &str) -> Option<i64> {
    if matches!(text, "" | "Z" | "z") {
        return Some(0);
    }
    let (sign, digits) = text.split_at_checked(1)?;
    let digits: String = digits.chars().filter(|c| *c != ':').collect();
    let (hours, minutes) = match digits.len() {
        2 => (number(&digits)?, 0),
        4 => (number(&digits[..2])?, number(&digits[2..])?),
        _ => return None,
    };
    let east = (hours * 60 + minutes) * 60_000;
    Some(if sign == "-" { -east } else { east })
}

/// A duration, in milliseconds. Ex) `PT1H12M3.25S`, `00:07:56.81`, an object of PowerShell's `TimeSpan`
pub(super) fn duration(value: &Value) -> Option<i64> {
    match value {
        Value::String(text) => {
            let text = text.trim();
            if text.starts_with(['P', 'p']) { iso_duration(&text.to_ascii_uppercase()) } else { span(text) }
        }
        Value::Object(members) => {
            let of = |name: &str| member(members, name).and_then(Value::as_f64);
            let ms = of("TotalMilliseconds").or_else(|| of("TotalSeconds").map(|seconds| seconds * 1000.0));
            // A tick is 100 nanoseconds.
            let ms = ms.or_else(|| of("Ticks").map(|ticks| ticks / 10_000.0))?;
            (0.0..1e15).contains(&ms).then_some(ms as i64)
        }
        _ => None,
    }
}

fn iso_duration(text: &str) -> Option<i64> {
    let mut rest = text.strip_prefix('P')?;
    let (mut total, mut is_time, mut is_any) = (0_i64, false, false);
    while !rest.is_empty() {
        if let Some(after) = rest.strip_prefix('T') {
            (is_time, rest) = (true, after);
            continue;
        }
        let end = rest.find(|c: char| !(c.is_ascii_digit() || c == '.' || c == ','))?;
        let ms = seconds(&rest[..end])?;
        let factor = match (is_time, rest[end..].chars().next()?) {
            (true, 'S') => 1,
            (true, 'M') => 60,
            (true, 'H') => 3600,
            (false, 'D') => 86_400,
            (false, 'W') => 604_800,
            _ => return None,
        };
        total = total.checked_add(ms.checked_mul(factor)?)?;
        (is_any, rest) = (true, &rest[end + 1..]);
    }
    is_any.then_some(total)
}

/// Ex) `00:07:56.8150879`, `1.02:03:04`, Python's `1 day, 2:03:04`
fn span(text: &str) -> Option<i64> {
    if let Some((days, rest)) = text.split_once(" day") {
        let rest = rest.strip_prefix('s').unwrap_or(rest).strip_prefix(',')?;
        return number(days)?.checked_mul(MS_OF_DAY)?.checked_add(clock(rest.trim_start())?);
    }
    let first = text.split(':').next()?;
    let (days, rest) = match first.split_once('.') {
        Some((days, _)) => (number(days)?, &text[days.len() + 1..]),
        None => (0, text),
    };
    days.checked_mul(MS_OF_DAY)?.checked_add(clock(rest)?)
}

/// The date of a day counted from 1970: the inverse of [`days`].
fn date_of(day: i64) -> (i64, i64, i64) {
    let shifted = day + 719_468;
    let (era, of_era) = (shifted.div_euclid(146_097), shifted.rem_euclid(146_097));
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * of_year + 2) / 153;
    let (day, month) = (of_year - (153 * month + 2) / 5 + 1, if month < 10 { month + 3 } else { month - 9 });
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

/// A time as Azure writes it, to the second.
pub(super) fn shown(at: Instant) -> String {
    let (year, month, day) = date_of(at.div_euclid(MS_OF_DAY));
    let second = at.rem_euclid(MS_OF_DAY) / 1000;
    let (hours, minutes, seconds) = (second / 3600, second / 60 % 60, second % 60);
    format!("{year:04}-{month:02}-{day:02}T{hours:02}:{minutes:02}:{seconds:02}Z")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Option<Instant> {
        instant(&Value::String(text.to_owned()))
    }

    #[test]
    fn one_time_is_one_time_in_every_zone_and_form() {
        let expected = Some(1_574_777_916_317);
        for text in [
            "2019-11-26T14:18:36.3177613Z",
            "2019-11-26T14:18:36.317+00:00",
            "2019-11-26T15:18:36.3179+01:00",
            "2019-11-26T09:48:36.317-0430",
            "2019-11-27T00:18:36.317+10",
            "2019-11-26T14:18:36.317",
            "/Date(1574777916317)/",
            "/Date(1574777916317+0100)/",
        ] {
            assert_eq!(at(text), expected, "{text}");
        }
        let of_powershell = serde_json::json!({ "value": "/Date(1574777916317)/", "DateTime": "a Tuesday" });
        assert_eq!(instant(&of_powershell), expected);
    }

    #[test]
    fn what_is_no_time_is_none() {
        for text in [
            "",
            "26.11.2019 14:18:36",
            "11/26/2019 2:18:36 PM",
            "2019-13-26T14:18:36Z",
            "2019-02-29T14:18:36Z",
            "2100-02-29T14:18:36Z",
            "2019-04-31T14:18:36Z",
            "2019-11-26",
            "2019-11-26T25:18:36Z",
            "2019-11-26T14:18:36+1",
            "2019-11-26T14:18:36+é",
        ] {
            assert_eq!(at(text), None, "{text}");
        }
        assert_eq!(instant(&Value::from(3)), None);
    }

    /// The calendar repeats after 400 years; each day follows the one before.
    #[test]
    fn every_day_is_the_day_after_the_one_before() {
        let mut expected = (1600, 1, 1);
        let first = days(1600, 1, 1);
        for day in first..=first + 146_097 {
            let (year, month, of_month) = expected;
            assert_eq!((date_of(day), days(year, month, of_month)), (expected, day));
            let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
            let last = match month {
                2 => 28 + i64::from(is_leap),
                4 | 6 | 9 | 11 => 30,
                _ => 31,
            };
            expected = match (month, of_month == last) {
                (12, true) => (year + 1, 1, 1),
                (_, true) => (year, month + 1, 1),
                (_, false) => (year, month, of_month + 1),
            };
        }
        assert_eq!(expected, (2000, 1, 2));
        assert_eq!(days(1970, 1, 1), 0);
    }

    #[test]
    fn a_time_is_shown_as_it_is_read() {
        for text in [
            "1970-01-01T00:00:00Z",
            "2000-02-29T23:59:59Z",
            "2026-11-28T08:45:01Z",
            "2100-03-01T00:00:00Z",
            "2024-02-29T12:00:00Z",
            "1969-12-31T23:59:59Z",
        ] {
            assert_eq!(shown(at(text).unwrap()), text);
        }
    }

    #[test]
    fn durations_are_read_in_the_forms_of_several_tools() {
        let of = |text: &str| duration(&Value::String(text.to_owned()));
        assert_eq!(of("PT7M56.8150879S"), Some(476_815));
        assert_eq!(of("PT1H12M3S"), Some(4_323_000));
        assert_eq!(of("P1DT2H"), Some(93_600_000));
        assert_eq!(of("PT0S"), Some(0));
        assert_eq!(of("00:07:56.8150879"), Some(476_815));
        assert_eq!(of("1.02:00:00"), Some(93_600_000));
        assert_eq!(of("1 day, 2:00:00"), Some(93_600_000));
        assert_eq!(of("2 days, 0:00:01.5"), Some(172_801_500));
        assert_eq!(of("P2W"), Some(1_209_600_000));
        assert_eq!(of("P1W2DT0.5S"), Some(777_600_500));
        for wrong in ["P", "PT", "PT5", "7 minutes", "PT-5M", "é:00:00", "P1M"] {
            assert_eq!(of(wrong), None, "{wrong}");
        }
        let object = serde_json::json!({ "Ticks": 4_768_150_879_i64, "TotalMilliseconds": 476_815.5 });
        assert_eq!(duration(&object), Some(476_815));
        assert_eq!(duration(&serde_json::json!({ "Ticks": 4_768_150_879_i64 })), Some(476_815));
    }
}
