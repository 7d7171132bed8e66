//! Dates, times and ranges of them (PS3.4 §C.2.2.2.5).
//!
//! A value of reduced precision means all of what it leaves open: the time `10` is the hour from 10:00, the end of the
//! range `10-11` is the end of the hour from 11:00.

use chrono::{Datelike, Days, Months, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta};

use crate::element::parse_time;

/// From and to, both included; open where there is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Range<T> {
    pub(crate) from: Option<T>,
    pub(crate) to: Option<T>,
}

const DATE: &str = "a date is YYYYMMDD, a range YYYYMMDD-YYYYMMDD, YYYYMMDD- or -YYYYMMDD";
const TIME: &str = "a time is HHMMSS.FFFFFF or less, a range has - between two or beside one";
const MOMENT: &str = "a date and time is YYYYMMDDHHMMSS.FFFFFF&ZZXX or less, a range has - between two or beside one";

/// Reads a DA key.
pub(super) fn dates(value: &str) -> Result<Range<NaiveDate>, &'static str> {
    read(value, |text| {
        let digits = text.replace('.', "");
        let valid = digits.len() == 8 && digits.bytes().all(|byte| byte.is_ascii_digit());
        let date = NaiveDate::parse_from_str(&digits, "%Y%m%d").ok().filter(|_| valid)?;
        Some((date, date))
    })
    .ok_or(DATE)
}

/// Reads a TM key.
pub(super) fn times(value: &str) -> Result<Range<NaiveTime>, &'static str> {
    read(value, |text| {
        let (time, open) = parse_time(text)?;
        Some((time, time.overflowing_add_signed(TimeDelta::microseconds(open - 1)).0))
    })
    .ok_or(TIME)
}

/// Reads a DT key; moments are in UTC, values without offset are of this zone (minutes from UTC), or count as UTC.
pub(super) fn moments(value: &str, zone: Option<i32>) -> Result<Range<NaiveDateTime>, &'static str> {
    let zone = TimeDelta::minutes(zone.unwrap_or(0).into());
    read(value, |text| moment(text, zone)).ok_or(MOMENT)
}

/// Reads Timezone Offset From UTC (0008,0201): minutes from UTC. A `+` that was not percent-encoded is a blank by now.
pub(super) fn zone(value: &str) -> Option<i32> {
    let value = value.trim();
    let signed = if value.starts_with(['+', '-']) { value.to_owned() } else { format!("+{value}") };
    offset(&signed).and_then(|offset| i32::try_from(offset.num_minutes()).ok())
}

/// A range, or one value. A dash that can be the sign of an offset is one.
fn read<T: PartialOrd>(value: &str, one: impl Fn(&str) -> Option<(T, T)>) -> Option<Range<T>> {
    if let Some((from, to)) = one(value) {
        return Some(Range { from: Some(from), to: Some(to) });
    }
    value.match_indices('-').find_map(|(at, _)| {
        let (before, after) = (value[..at].trim(), value[at + 1..].trim());
        let from = if before.is_empty() { None } else { Some(one(before)?.0) };
        let to = if after.is_empty() { None } else { Some(one(after)?.1) };
        (from.is_some() || to.is_some()).then_some(Range { from, to })
    })
}

/// First and last moment of a DT value.
fn moment(text: &str, zone: TimeDelta) -> Option<(NaiveDateTime, NaiveDateTime)> {
    if !text.is_ascii() {
        return None;
    }
    let (local, offset) = match text.find(['+', '-']) {
        Some(at) => (&text[..at], offset(&text[at..])?),
        None => (text, zone),
    };
    let digits = local.split('.').next()?;
    if digits.len() < 4 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let part = |at: usize| digits.get(at..at + 2).map(|two| two.parse::<u32>().ok());
    let month = part(4).unwrap_or(Some(1))?;
    let day = part(6).unwrap_or(Some(1))?;
    let date = NaiveDate::from_ymd_opt(digits[..4].parse().ok()?, month, day)?;
    let (first, after) = match digits.len() {
        4 => (date.and_time(NaiveTime::MIN), date.with_year(date.year() + 1)?.and_time(NaiveTime::MIN)),
        6 => (date.and_time(NaiveTime::MIN), date.checked_add_months(Months::new(1))?.and_time(NaiveTime::MIN)),
        8 => (date.and_time(NaiveTime::MIN), date.checked_add_days(Days::new(1))?.and_time(NaiveTime::MIN)),
        _ => {
            let (time, open) = parse_time(local.get(8..)?)?;
            let first = date.and_time(time);
            (first, first.checked_add_signed(TimeDelta::microseconds(open))?)
        }
    };
    let utc = |moment: NaiveDateTime| moment.checked_sub_signed(offset);
    Some((utc(first)?, utc(after.checked_sub_signed(TimeDelta::microseconds(1))?)?))
}

/// `&ZZXX`: from -1200 to +1400.
fn offset(text: &str) -> Option<TimeDelta> {
    let digits =
        text.get(1..).filter(|digits| digits.len() == 4 && digits.bytes().all(|byte| byte.is_ascii_digit()))?;
    let (hours, minutes): (i64, i64) = (digits[..2].parse().ok()?, digits[2..].parse().ok()?);
    let minutes = Some(hours * 60 + minutes).filter(|_| minutes < 60)?;
    match text.starts_with('-') {
        true => Some(TimeDelta::minutes(-minutes)).filter(|_| minutes <= 12 * 60),
        false => Some(TimeDelta::minutes(minutes)).filter(|_| minutes <= 14 * 60),
    }
}

impl<T: PartialOrd> Range<T> {
    /// Whether it ends before it begins.
    pub(super) fn is_reversed(&self) -> bool {
        matches!((&self.from, &self.to), (Some(from), Some(to)) if to < from)
    }
}

impl Range<NaiveDate> {
    /// Dates and times of day taken together (combined date-time matching, PS3.4 §C.2.2.2.5); without times, all of
    /// each day.
    pub(super) fn with(self, times: Option<Range<NaiveTime>>) -> Range<NaiveDateTime> {
        let last = NaiveTime::MIN.overflowing_sub_signed(TimeDelta::microseconds(1)).0;
        let times = times.unwrap_or(Range { from: None, to: None });
        Range {
            from: self.from.map(|date| date.and_time(times.from.unwrap_or(NaiveTime::MIN))),
            to: self.to.map(|date| date.and_time(times.to.unwrap_or(last))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Option<NaiveDate> {
        Some(NaiveDate::parse_from_str(text, "%Y%m%d").expect("a date"))
    }

    #[test]
    fn reads_dates_and_their_ranges() {
        let range = |from, to| Ok(Range { from, to });
        assert_eq!(dates("20240102"), range(day("20240102"), day("20240102")));
        assert_eq!(dates("20240102-20240301"), range(day("20240102"), day("20240301")));
        assert_eq!(dates("20240102-"), range(day("20240102"), None));
        assert_eq!(dates("-20240102"), range(None, day("20240102")));
        for bad in ["-", "2024", "20241301", "20240102-2024", "today", "20240102-20240103-20240104", "２０２４０１０２"]
        {
            assert!(dates(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn ends_times_where_their_precision_ends() {
        let shown =
            |value| times(value).map(|range| (range.from.map(|t| t.to_string()), range.to.map(|t| t.to_string())));
        assert_eq!(shown("10-1130"), Ok((Some("10:00:00".into()), Some("11:30:59.999999".into()))));
        assert_eq!(shown("23-"), Ok((Some("23:00:00".into()), None)));
        assert_eq!(shown("-235959.5"), Ok((None, Some("23:59:59.599999".into()))));
        assert!(times("25").is_err());
    }

    #[test]
    fn tells_offsets_from_ranges() {
        let shown = |value| {
            moments(value, None).map(|range| (range.from.map(|t| t.to_string()), range.to.map(|t| t.to_string())))
        };
        assert_eq!(
            shown("20240102120000-0500"),
            Ok((Some("2024-01-02 17:00:00".into()), Some("2024-01-02 17:00:00.999999".into())))
        );
        assert_eq!(
            shown("2023-2024"),
            Ok((Some("2023-01-01 00:00:00".into()), Some("2024-12-31 23:59:59.999999".into())))
        );
        assert_eq!(
            shown("202401+0100-202402+0100"),
            Ok((Some("2023-12-31 23:00:00".into()), Some("2024-02-29 22:59:59.999999".into())))
        );
        assert_eq!(shown("20240229-"), Ok((Some("2024-02-29 00:00:00".into()), None)));
        for bad in ["", "-", "202", "2024+9900", "20240230", "2024010", "202401021", "x"] {
            assert!(moments(bad, None).is_err(), "{bad}");
        }
    }

    #[test]
    fn reads_offsets_from_utc() {
        assert_eq!(
            ["+0100", " 0100", "0100", "-0930", "+0000"].map(zone),
            [Some(60), Some(60), Some(60), Some(-570), Some(0)]
        );
        for bad in ["", "1", "+1", "+01:00", "UTC", "+1500", "-1300", "+0060", "+٠١٠٠"] {
            assert_eq!(zone(bad), None, "{bad}");
        }
        let noon = NaiveDate::from_ymd_opt(2024, 1, 2).and_then(|day| day.and_hms_opt(11, 0, 0));
        assert_eq!(moments("2024010212-", Some(60)).map(|range| range.from), Ok(noon));
    }

    #[test]
    fn combines_dates_and_times() {
        let range = dates("20240102-20240103").and_then(|dates| Ok(dates.with(Some(times("2200-0600")?))));
        let shown = range.map(|range| (range.from.map(|t| t.to_string()), range.to.map(|t| t.to_string())));
        assert_eq!(shown, Ok((Some("2024-01-02 22:00:00".into()), Some("2024-01-03 06:00:59.999999".into()))));
    }
}
