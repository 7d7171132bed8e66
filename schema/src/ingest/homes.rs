//! Where instances belong.

use diesel::sql_types::Text;

use crate::columns::columns;

columns! {
    /// The series that instances belong to, by the UIDs of study and series.
    Homes of (&'a str, &'a str) {
        study: Text = &'a str = |pair| pair.0;
        series: Text = &'a str = |pair| pair.1;
    }
}
