//! Prints what the reader makes of DICOM files: one JSON object a line, for comparison with other toolkits.
//!
//! Paths come from the command line, or line by line from standard input when there are none. A `BulkDataURI` is
//! `bulk:` and the element's path. A file that cannot be read has an `error` in place of the rest.

use std::io::{BufRead as _, Write as _};

use data_set::json::{BULK_DATA_MARK, Bulk, JsonOptions, write};
use data_set::{DataSet, tags};
use serde_json::{Value, json};

fn main() -> std::io::Result<()> {
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    let named: Vec<String> = std::env::args().skip(1).collect();
    if named.is_empty() {
        for path in std::io::stdin().lock().lines() {
            describe(&path?, &mut out)?;
        }
    }
    for path in named {
        describe(&path, &mut out)?;
    }
    out.flush()
}

fn describe(path: &str, out: &mut impl std::io::Write) -> std::io::Result<()> {
    let bytes = std::fs::read(path)?;
    match data_set::read(&bytes) {
        Ok(set) => writeln!(out, "{{{},\"json\":{}}}", summary(path, &set), model(&set)),
        Err(error) => writeln!(out, "{}", json!({"path": path, "error": error.to_string()})),
    }
}

/// All but the data set itself, without the braces.
fn summary(path: &str, set: &DataSet) -> String {
    let pixels = [tags::PIXEL_DATA, tags::FLOAT_PIXEL_DATA, tags::DOUBLE_FLOAT_PIXEL_DATA];
    let element = pixels.into_iter().find_map(|tag| set.root().get(tag));
    let summary = json!({
        "path": path,
        "transfer_syntax": set.transfer_syntax,
        "data_set_start": set.data_set_start,
        "deflated": set.deflated,
        "frames": set.frames.len(),
        "pixel_data_start": element.map_or(Value::Null, |element| element.value.start.into()),
        "warnings": set.warnings.iter().map(|warning| format!("{warning:?}")).collect::<Vec<_>>(),
    });
    let text = summary.to_string();
    text[1..text.len() - 1].to_owned()
}

fn model(set: &DataSet) -> String {
    let mut json = Vec::new();
    let options = JsonOptions { inline_limit: 4096, bulk: Bulk::Mark, keep: &|_, _| true };
    write(set.root(), &options, &mut json);
    String::from_utf8_lossy(&json).replace(BULK_DATA_MARK, "bulk:")
}
