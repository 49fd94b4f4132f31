//! Lists. They never change, so a list may be shared by everyone who holds it.

use std::ops::Deref;

use super::{Type, Value, dismantle};

/// Values of one type; it reads as a slice.
pub struct List {
    element: Type,
    items: Vec<Value>,
    null: bool,
}

impl List {
    /// A list; the caller sees to it that the items are of the type.
    pub fn new(element: Type, items: Vec<Value>) -> List {
        List {
            element,
            items,
            null: false,
        }
    }

    /// A list of what apps return: texts, numbers and maps of one kind make a typed list.
    pub fn of(items: Vec<Value>) -> List {
        List::new(common_type(&items), items)
    }

    /// A nil list: empty, and equal to nil.
    pub fn null(element: Type) -> List {
        List {
            element,
            items: Vec::new(),
            null: true,
        }
    }

    /// Whether this is a nil list.
    pub fn is_null(&self) -> bool {
        self.null
    }

    /// Gives the items away.
    pub(super) fn surrender(&mut self, values: &mut Vec<Value>) {
        values.append(&mut self.items);
    }

    /// The type of the elements: [`Type::Any`] for `[]any`.
    pub fn element(&self) -> &Type {
        &self.element
    }
}

impl Drop for List {
    fn drop(&mut self) {
        if self.items.iter().any(dismantle::is_nested) {
            dismantle::dismantle(std::mem::take(&mut self.items));
        }
    }
}

impl Deref for List {
    type Target = [Value];

    fn deref(&self) -> &[Value] {
        &self.items
    }
}

fn common_type(items: &[Value]) -> Type {
    let Some(first) = items.first().and_then(Value::type_of) else {
        return Type::Any;
    };
    let typed = matches!(
        first,
        Type::Text | Type::Int(_) | Type::Float(_) | Type::Bool | Type::Map(_)
    );
    match typed
        && items
            .iter()
            .all(|item| item.type_of().as_ref() == Some(&first))
    {
        true => first,
        false => Type::Any,
    }
}
