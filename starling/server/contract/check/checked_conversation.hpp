/// @file
/// In builds with tests: a conversation in which nothing is sent that is not in the contract. The first message that is not ends the process, with one line.
///
/// So every test that has a server has this one in it.
#pragma once

#include <string>

#include "starling/io/net/conversation.hpp"

namespace starling::contract {

/// What `converse` begins, with every message of it held to the dialect.
[[nodiscard]] net::Converse checked(std::string dialect, net::Converse converse);

}  // namespace starling::contract
