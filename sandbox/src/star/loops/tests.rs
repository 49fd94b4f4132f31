//! Texts before and after.

use super::{Lines, rewrite};

fn check(text: &str, expected: &str) {
    let found = rewrite(text).map_or_else(|error| error.to_string(), |made| made.text);
    assert_eq!(found, expected, "{text}");
}

#[test]
fn loops_are_bounded_and_left_by_their_condition() {
    check(
        "def f():\n  while a < 1:  # more\n    b()\n  c()\n",
        "def f():\n  for _while in _while_rounds:\n    if not (a < 1): break  # more\n    b()\n  c()\n",
    );
    check(
        "def f():\n  while a: b(); c\n  d",
        "def f():\n  for _while in _while_rounds:\n   if not (a): break\n   b(); c\n  d",
    );
    check(
        "def f():\n while (a and\n  b):\n\n  # why\n  c\n",
        "def f():\n for _while in _while_rounds:\n  if not ((a and\n  b)): break\n\n  # why\n  c\n",
    );
    check(
        "def f():\n while g(lambda: x)[1:2]:\n  while lambda: y:\n   c",
        "def f():\n for _while in _while_rounds:\n  if not (g(lambda: x)[1:2]): break\n  \
         for _while in _while_rounds:\n   if not (lambda: y): break\n   c",
    );
}

#[test]
fn words_elsewhere_stay() {
    for text in [
        "x = 'while' # while a:\n",
        "def f():\n  x = \"\"\"\n  while a:\n\"\"\"\n  whiles = 1\n",
        "x = [a for a in b\nif a]\n",
        "x = 1 + \\\nfor_x",
        "def f():\n  while\n",
    ] {
        check(text, text);
    }
}

#[test]
fn statements_outside_of_functions_are_named() {
    check(
        "x = 1\nfor a in b:\n  c",
        "2:1: for loop not within a function; move it into a `def`",
    );
    check(
        "if a:\n  c",
        "1:1: if statement not within a function; move it into a `def`",
    );
    check(
        "while a:\n  c",
        "1:1: while loop not within a function; move it into a `def`",
    );
    check(
        "def f():\n  while a:\n  b",
        "2:10: the loop has no body; indent its statements",
    );
}

/// Each letter of the author's text must be found where it was.
#[test]
fn places_are_those_of_the_author() {
    let text = "def f():\n  é = 1\n  while Q + (\n    R):  # S\n    T\n    while U: V; W\n  X\nY";
    let made = rewrite(text).unwrap();
    let place = |text: &str, letter: char| {
        let (line, found) = text
            .lines()
            .enumerate()
            .find(|(_, line)| line.contains(letter))?;
        Some((line, found.chars().position(|other| other == letter)?))
    };
    for letter in "éQRSTUVWXY".chars() {
        let (line, column) = place(&made.text, letter).unwrap();
        let author = place(text, letter);
        // A comment behind the condition has moved by what closes the condition; nothing fails there.
        if letter != 'S' {
            assert_eq!(
                Some(made.lines.origin(line, column)),
                author,
                "{letter} in {}",
                made.text
            );
        }
    }
    assert_eq!(made.lines.origin(2, 5), (2, 2), "the loop itself");
    assert_eq!(Lines::default().origin(7, 3), (7, 3));
}
