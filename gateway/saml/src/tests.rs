//! A sign-in and everything that can be wrong with it, against an identity provider whose every word can be changed.

mod accept;
mod encrypted;
mod end;
mod forged;
mod idp;
mod mutate;
mod refuse;
mod send;
mod setup;
