//! The class of a network address, computed here because Cedar would parse a dozen ranges anew for every
//! decision. IPv4 addresses in IPv6 clothes are undressed first.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Classes of addresses; only `Public` ones are outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Class {
    Public,
    Loopback,
    Private,
    LinkLocal,
    Metadata,
    Multicast,
    Unspecified,
    Shared,
    UniqueLocal,
    Reserved,
}

impl Class {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Class::Public => "public",
            Class::Loopback => "loopback",
            Class::Private => "private",
            Class::LinkLocal => "link-local",
            Class::Metadata => "metadata",
            Class::Multicast => "multicast",
            Class::Unspecified => "unspecified",
            Class::Shared => "cgnat",
            Class::UniqueLocal => "ula",
            Class::Reserved => "reserved",
        }
    }
}

/// The address itself: mapped, compatible, 6to4 and NAT64 forms become the IPv4 address inside.
pub(crate) fn canonical(ip: IpAddr) -> IpAddr {
    match ip {
        IpAddr::V4(_) => ip,
        IpAddr::V6(six) => inner(six).map_or(ip, IpAddr::V4),
    }
}

fn inner(ip: Ipv6Addr) -> Option<Ipv4Addr> {
    let [a, b, c, d, e, f, g, h] = ip.segments();
    match (a, b, c, d, e, f) {
        (0, 0, 0, 0, 0, 0xffff) | (0, 0, 0, 0, 0xffff, 0) | (0x64, 0xff9b, 0, 0, 0, 0) => {
            Some(four(g, h))
        }
        (0, 0, 0, 0, 0, 0) if g != 0 => Some(four(g, h)),
        (0x2002, ..) => Some(four(b, c)),
        _ => None,
    }
}

fn four(high: u16, low: u16) -> Ipv4Addr {
    Ipv4Addr::from((u32::from(high) << 16) | u32::from(low))
}

/// The class of a canonical address.
pub(crate) fn class(ip: IpAddr) -> Class {
    match ip {
        IpAddr::V4(ip) => class_of_four(ip),
        IpAddr::V6(ip) => class_of_six(ip),
    }
}

fn class_of_four(ip: Ipv4Addr) -> Class {
    match ip.octets() {
        [169, 254, 169, 254] | [169, 254, 170, 2 | 23] | [100, 100, 100, 200] => Class::Metadata,
        [0, ..] => Class::Unspecified,
        [127, ..] => Class::Loopback,
        [10, ..] | [172, 16..=31, ..] | [192, 168, ..] => Class::Private,
        [169, 254, ..] => Class::LinkLocal,
        [100, 64..=127, ..] => Class::Shared,
        [224..=239, ..] => Class::Multicast,
        [192, 0, 0 | 2, _]
        | [192, 88, 99, _]
        | [198, 18 | 19, ..]
        | [198, 51, 100, _]
        | [203, 0, 113, _]
        | [240..=255, ..] => Class::Reserved,
        _ => Class::Public,
    }
}

fn class_of_six(ip: Ipv6Addr) -> Class {
    let [first, second, ..] = ip.segments();
    match first {
        _ if ip.is_unspecified() => Class::Unspecified,
        _ if ip.is_loopback() => Class::Loopback,
        0xfd00 if second == 0xec2 => Class::Metadata,
        0xfe80..=0xfebf => Class::LinkLocal,
        0xfec0..=0xfeff => Class::Private,
        0xfc00..=0xfdff => Class::UniqueLocal,
        0xff00..=0xffff => Class::Multicast,
        0x2001 if second < 0x200 || second == 0xdb8 => Class::Reserved,
        0x3fff if second < 0x1000 => Class::Reserved,
        0x2000..=0x3fff => Class::Public,
        _ => Class::Reserved,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &str) {
        let ip = canonical(text.parse().unwrap());
        assert_eq!(class(ip).as_str(), expected, "{text}");
    }

    #[test]
    fn four() {
        check("93.184.216.34", "public");
        check("127.8.0.1", "loopback");
        check("10.0.0.1", "private");
        check("172.16.0.1", "private");
        check("172.32.0.1", "public");
        check("192.168.1.1", "private");
        check("169.254.169.254", "metadata");
        check("169.254.1.1", "link-local");
        check("100.64.0.1", "cgnat");
        check("100.128.0.1", "public");
        check("0.0.0.0", "unspecified");
        check("0.1.2.3", "unspecified");
        check("224.0.0.1", "multicast");
        check("255.255.255.255", "reserved");
        check("192.0.2.1", "reserved");
    }

    #[test]
    fn six() {
        check("2606:2800:220:1:248:1893:25c8:1946", "public");
        check("::1", "loopback");
        check("::", "unspecified");
        check("fe80::1", "link-local");
        check("febf::1", "link-local");
        check("fc00::1", "ula");
        check("fd12::1", "ula");
        check("fd00:ec2::254", "metadata");
        check("ff02::1", "multicast");
        check("fec0::1", "private");
        check("2001:db8::1", "reserved");
        check("2001::a00:1", "reserved");
        check("2001:4860:4860::8888", "public");
        check("3fff:fff::1", "reserved");
        check("4000::1", "reserved");
    }

    /// Case 24: an address is the same in all its clothes.
    #[test]
    fn four_inside_six() {
        check("::ffff:10.0.0.1", "private");
        check("::ffff:127.0.0.1", "loopback");
        check("::ffff:93.184.216.34", "public");
        check("::10.0.0.1", "private");
        check("::ffff:0:10.0.0.1", "private");
        check("64:ff9b::a00:1", "private");
        check("64:ff9b::a9fe:a9fe", "metadata");
        check("64:ff9b:1::a00:1", "reserved");
        check("2002:a00:1::", "private");
        check("2002:7f00:1::1", "loopback");
    }
}
