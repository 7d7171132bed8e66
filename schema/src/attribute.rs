//! The attribute table: what every searchable attribute is, where it is kept, and whether it is personal.

/// Level of the Study Root information model (PS3.4 §C.6.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs)]
pub enum Level {
    Patient,
    Study,
    Series,
    Instance,
}

/// One attribute.
#[derive(Debug, Clone, Copy)]
pub struct Attribute {
    /// Group and element.
    pub tag: (u16, u16),
    /// Keyword (PS3.6).
    pub keyword: &'static str,
    /// Level it belongs to.
    pub level: Level,
    // home, key type, column, whether always returned …
}
