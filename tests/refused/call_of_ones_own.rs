struct Anything;

impl policy::Call for Anything {}

fn main() {}
