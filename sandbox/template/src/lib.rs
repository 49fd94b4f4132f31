//! Go templates: `text/template` and `html/template` as apps use them.
