//! Values of pages. They are made straight from Starlark's: most pages are tables of many rows.

use std::sync::Arc;

use gotemplate::value::{List, Map, Pool};
use gotemplate::{Type, Value as Page};
use starlark::values::bytes::StarlarkBytes;
use starlark::values::dict::DictRef;
use starlark::values::float::UnpackFloat;
use starlark::values::list::ListRef;
use starlark::values::tuple::TupleRef;
use starlark::values::{UnpackValue, Value, ValueLike};
use value::{Message, Response, document};

use super::{Budget, MAX_DEPTH, Target, convert, scalar};
use crate::star::text;
use crate::template;

/// The value a template sees, of at most about `bytes`.
pub fn to_page(value: Value<'_>, bytes: usize) -> Result<Page, Message> {
    let mut walk = Walk {
        budget: Budget::new(Target::Text, bytes),
        pool: Pool::default(),
    };
    walk.page(value, 0)
}

struct Walk {
    budget: Budget,
    /// Names of fields, which repeat in every row.
    pool: Pool,
}

impl Walk {
    fn page(&mut self, value: Value<'_>, depth: usize) -> Result<Page, Message> {
        if depth > MAX_DEPTH {
            return Err(Message(format!(
                "value nesting exceeds max depth {MAX_DEPTH}"
            )));
        }
        if let Some(text) = value.unpack_str() {
            self.budget.take(text.len())?;
            return Ok(Page::text(text));
        }
        self.budget.take(0)?;
        if let Some(list) = ListRef::from_value(value) {
            return self.list(list.content(), depth);
        }
        if let Some(tuple) = TupleRef::from_value(value) {
            return self.list(tuple.content(), depth);
        }
        if let Some(bytes) = value.downcast_ref::<StarlarkBytes>() {
            self.budget.take(bytes.as_bytes().len())?;
            return Ok(Page::Bytes(bytes.as_bytes().into()));
        }
        match DictRef::from_value(value) {
            Some(dict) => self.dict(&dict, depth),
            None => self.other(value, depth),
        }
    }

    fn list(&mut self, items: &[Value<'_>], depth: usize) -> Result<Page, Message> {
        let items = items.iter().map(|item| self.page(*item, depth + 1));
        let items = items.collect::<Result<_, _>>()?;
        Ok(Page::List(Arc::new(List::of(items))))
    }

    fn dict(&mut self, dict: &DictRef<'_>, depth: usize) -> Result<Page, Message> {
        let mut entries = Vec::with_capacity(dict.len());
        for (key, value) in dict.iter() {
            let name = match key.unpack_str() {
                Some(name) => self.name(name)?,
                None => {
                    let name = convert(key, &mut self.budget, depth + 1)?;
                    self.name(&text::print(&name))?
                }
            };
            entries.push((name, self.page(value, depth + 1)?));
        }
        Ok(map(entries))
    }

    fn name(&mut self, name: &str) -> Result<Page, Message> {
        self.budget.take(name.len())?;
        Ok(Page::Text(self.pool.text(name)))
    }

    fn other(&mut self, value: Value<'_>, depth: usize) -> Result<Page, Message> {
        if let Some((_, fields)) = document(value) {
            let mut entries = Vec::with_capacity(fields.len());
            for (name, field) in fields {
                entries.push((self.name(&name)?, self.page(field, depth + 1)?));
            }
            return Ok(map(entries));
        }
        if let Some(response) = Response::from_value(value) {
            return self.answered(response, depth);
        }
        // Pages show what JSON has no words for: `NaN`, `+Inf`.
        match UnpackFloat::unpack_value(value) {
            Ok(Some(UnpackFloat(number))) if value.get_type() == "float" => Ok(Page::float(number)),
            _ => Ok(template::from_json(&scalar(value)?)),
        }
    }

    /// A response among data; its value is none of the error's business.
    fn answered(&mut self, response: &Response<'_>, depth: usize) -> Result<Page, Message> {
        let (value, error) = match response.outcome() {
            Ok(value) => (self.page(value, depth + 1)?, Page::Nil),
            Err(error) => (Page::Nil, Page::text(error)),
        };
        let code = template::from_json(&response.code().into());
        Ok(Page::map([
            ("error_code", code),
            ("error", error),
            ("value", value),
            ("is_stream", response.as_stream().is_some().into()),
        ]))
    }
}

fn map(entries: Vec<(Page, Page)>) -> Page {
    Page::Map(Arc::new(Map::new(Type::Text, Type::Any, entries)))
}
