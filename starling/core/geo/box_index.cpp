#include "starling/core/geo/box_index.hpp"

#include <boost/geometry/algorithms/comparable_distance.hpp>
#include <boost/geometry/algorithms/covered_by.hpp>
#include <boost/geometry/algorithms/equals.hpp>
#include <boost/geometry/algorithms/intersects.hpp>
#include <boost/geometry/core/cs.hpp>
#include <boost/geometry/geometries/box.hpp>
#include <boost/geometry/geometries/point.hpp>
#include <boost/geometry/index/rtree.hpp>
#include <boost/geometry/strategies/cartesian.hpp>
#include <boost/iterator/function_output_iterator.hpp>
#include <cmath>
#include <functional>
#include <unordered_map>
#include <vector>

#include "starling/core/base/check.hpp"
#include "starling/core/base/dense_set.hpp"
#include "starling/core/geo/rectangle.hpp"

namespace starling::geo {
namespace {

using Edges = boost::geometry::model::point<double, 4, boost::geometry::cs::cartesian>;  // west, south, east, north
using EdgesRange = boost::geometry::model::box<Edges>;

Edges edges(double west, double south, double east, double north) noexcept {
  Edges made;
  made.set<0>(west);
  made.set<1>(south);
  made.set<2>(east);
  made.set<3>(north);
  return made;
}

/// The edges of all rectangles that meet `there`.
EdgesRange range_meeting(const Rectangle& there) noexcept {
  return {edges(-180.0, -90.0, there.west_deg, there.south_deg), edges(there.east_deg, there.north_deg, 180.0, 90.0)};
}

Rectangle around(const Point& a, const Point& b) noexcept {
  return {std::min(a.latitude_deg, b.latitude_deg), std::min(a.longitude_deg, b.longitude_deg),
          std::max(a.latitude_deg, b.latitude_deg), std::max(a.longitude_deg, b.longitude_deg)};
}

/// Two places no further apart than this are looked for in one go, with what lies between them: about 11 km, more than anything
/// moves between two reports; less than most of a map.
constexpr double kNearDegrees = 0.1;

struct BoxHash {
  std::size_t operator()(const Box& box) const noexcept {
    std::size_t hash = 0;
    for (const double edge : {box.north_deg(), box.south_deg(), box.east_deg(), box.west_deg()}) {
      hash = hash * 0x9E3779B97F4A7C15u + std::hash<double>{}(edge);
    }
    return hash;
  }
};

/// All who look through the same box.
struct Group {
  Box box;
  DenseSet<BoxIndex::Handle> handles;
};

/// One rectangle of a group's box, as the tree has it.
struct Entry {
  Edges edges;
  const Group* group;
  bool is_second;  ///< of the box's rectangles
};
struct EdgesOf {
  using result_type = const Edges&;
  const Edges& operator()(const Entry& entry) const noexcept { return entry.edges; }
};
struct SameEntry {
  bool operator()(const Entry& a, const Entry& b) const noexcept { return a.group == b.group && a.is_second == b.is_second; }
};

}  // namespace

struct BoxIndex::Tree {
  // 2 to 8 a node: of 6 to 16 it takes in and lets go fastest, and finds as fast. None is put in again when a node is full: that
  // doubles what taking in costs and finds no faster here (measured on 10,000 and 100,000 boxes as bench/micro/index.cpp has them).
  using Entries = boost::geometry::index::rtree<Entry, boost::geometry::index::rstar<8, 2, 0>, EdgesOf, SameEntry>;

  template <class Each>
  static void for_each_entry(const Group& group, Each&& each) {
    const Rectangles rectangles(group.box);
    for (std::size_t i = 0; i < rectangles.size(); ++i) {
      const Rectangle& rectangle = rectangles[i];
      each(Entry{edges(rectangle.west_deg, rectangle.south_deg, rectangle.east_deg, rectangle.north_deg), &group, i == 1});
    }
  }
  template <class Each>
  void for_each_meeting(const Rectangle& there, Each&& each) const {
    entries.query(boost::geometry::index::intersects(range_meeting(there)),
                  boost::make_function_output_iterator([&](const Entry& entry) { each(entry); }));
  }

  std::unordered_map<Box, Group, BoxHash> groups;  // a group stays where it is
  Entries entries;
};

BoxIndex::BoxIndex() : tree_(std::make_unique<Tree>()) {}
BoxIndex::~BoxIndex() = default;
BoxIndex::BoxIndex(BoxIndex&&) noexcept = default;
BoxIndex& BoxIndex::operator=(BoxIndex&&) noexcept = default;

bool BoxIndex::empty() const noexcept { return tree_->groups.empty(); }

void BoxIndex::insert(const Box& box, Handle handle) {
  const auto [at, is_new] = tree_->groups.try_emplace(box, Group{box, {}});
  at->second.handles.insert(handle);
  if (is_new) Tree::for_each_entry(at->second, [this](const Entry& entry) { tree_->entries.insert(entry); });
}

void BoxIndex::erase(const Box& box, Handle handle) {
  const auto at = tree_->groups.find(box);
  STARLING_CHECK(at != tree_->groups.end());
  at->second.handles.erase(handle);
  if (!at->second.handles.empty()) return;
  Tree::for_each_entry(at->second, [this](const Entry& entry) { STARLING_CHECK(tree_->entries.remove(entry) == 1); });
  tree_->groups.erase(at);
}

void BoxIndex::find(const Point& place, Visitor visitor) const {
  const Point there = canonical(place);
  // The rectangles of a box are disjoint, so a group is met once.
  tree_->for_each_meeting(around(there, there), [&](const Entry& entry) {
    for (const Handle handle : entry.group->handles) visitor.call(visitor.visit, handle);
  });
}

void BoxIndex::find_either(const Point& before, const Point& after, Visitor visitor) const {
  if (before == after) return find(after, visitor);
  const Point from = canonical(before), to = canonical(after);
  const auto visit = [&](const Group& group) {
    for (const Handle handle : group.handles) visitor.call(visitor.visit, handle);
  };
  const bool is_near =
      std::abs(from.latitude_deg - to.latitude_deg) <= kNearDegrees && std::abs(from.longitude_deg - to.longitude_deg) <= kNearDegrees;
  if (is_near) {
    const Rectangle there = around(from, to);
    tree_->for_each_meeting(there, [&](const Entry& entry) {
      const Group& group = *entry.group;
      if (entry.is_second && Rectangles(group.box)[0].meets(there)) return;  // met by its first rectangle
      if (group.box.contains(to) || group.box.contains(from)) visit(group);
    });
    return;
  }
  tree_->for_each_meeting(around(to, to), [&](const Entry& entry) { visit(*entry.group); });
  tree_->for_each_meeting(around(from, from), [&](const Entry& entry) {
    if (!entry.group->box.contains(to)) visit(*entry.group);
  });
}

}  // namespace starling::geo
