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

Rectangle rectangle_of(const Edges& edges) noexcept { return {edges.get<1>(), edges.get<0>(), edges.get<3>(), edges.get<2>()}; }

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

/// All who look through the same box: nearly always one, who then stands beside the box and costs no further look into memory.
class Group {
 public:
  explicit Group(BoxIndex::Handle first) noexcept : first_(first) {}
  void insert(BoxIndex::Handle handle) {
    STARLING_CHECK(handle != first_);
    if (!others_) others_ = std::make_unique<DenseSet<BoxIndex::Handle>>();
    others_->insert(handle);
  }
  /// False if it was the only one.
  [[nodiscard]] bool erase(BoxIndex::Handle handle) {
    if (!others_) {
      STARLING_CHECK(handle == first_);
      return false;
    }
    if (handle == first_) first_ = handle = *others_->begin();
    others_->erase(handle);
    if (others_->empty()) others_.reset();
    return true;
  }
  template <class Each>
  void for_each(Each&& each) const {
    each(first_);
    if (!others_) return;
    for (const BoxIndex::Handle handle : *others_) each(handle);
  }

 private:
  BoxIndex::Handle first_;
  std::unique_ptr<DenseSet<BoxIndex::Handle>> others_;
};
using Groups = std::unordered_map<Box, Group, BoxHash>;  // a group stays where it is
using BoxAndGroup = Groups::value_type;

/// One rectangle of a group's box, as the tree has it.
struct Entry {
  Edges edges;
  const BoxAndGroup* group;
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
  // 2 to 6 a node: of 6, 8, 12, 16 and 32 it finds nothing fastest where nobody looks, and matches as fast as any. Taking some out again
  // when a node is full (R*'s reinsertion) doubles what taking in costs and finds no faster here.
  using Entries = boost::geometry::index::rtree<Entry, boost::geometry::index::rstar<6, 2, 0>, EdgesOf, SameEntry>;

  template <class Each>
  static void for_each_entry(const BoxAndGroup& group, Each&& each) {
    const Rectangles rectangles(group.first);
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

  Groups groups;
  Entries entries;
};

BoxIndex::BoxIndex() : tree_(std::make_unique<Tree>()) {}
BoxIndex::~BoxIndex() = default;
BoxIndex::BoxIndex(BoxIndex&&) noexcept = default;
BoxIndex& BoxIndex::operator=(BoxIndex&&) noexcept = default;

bool BoxIndex::empty() const noexcept { return tree_->groups.empty(); }

void BoxIndex::insert(const Box& box, Handle handle) {
  const auto [group, is_new] = tree_->groups.try_emplace(box, handle);
  if (!is_new) return group->second.insert(handle);
  Tree::for_each_entry(*group, [this](const Entry& entry) { tree_->entries.insert(entry); });
}

void BoxIndex::erase(const Box& box, Handle handle) {
  const auto group = tree_->groups.find(box);
  STARLING_CHECK(group != tree_->groups.end());
  if (group->second.erase(handle)) return;
  Tree::for_each_entry(*group, [this](const Entry& entry) { STARLING_CHECK(tree_->entries.remove(entry) == 1); });
  tree_->groups.erase(group);
}

void BoxIndex::find(const Point& place, Visitor visitor) const {
  const Point there = canonical(place);
  // The rectangles of a box are disjoint, so a group is met once.
  tree_->for_each_meeting(around(there, there), [&](const Entry& entry) {
    entry.group->second.for_each([&](Handle handle) { visitor.call(visitor.visit, handle); });
  });
}

void BoxIndex::find_either(const Point& before, const Point& after, Visitor visitor) const {
  if (before == after) return find(after, visitor);
  const Point from = canonical(before), to = canonical(after);
  const auto visit = [&](const Entry& entry) {
    entry.group->second.for_each([&](Handle handle) { visitor.call(visitor.visit, handle); });
  };
  const bool is_near =
      std::abs(from.latitude_deg - to.latitude_deg) <= kNearDegrees && std::abs(from.longitude_deg - to.longitude_deg) <= kNearDegrees;
  if (is_near) {
    const Rectangle there = around(from, to);
    tree_->for_each_meeting(there, [&](const Entry& entry) {
      const auto holds_one = [&](const Rectangle& rectangle) { return rectangle.contains(to) || rectangle.contains(from); };
      if (!holds_one(rectangle_of(entry.edges))) return;
      if (entry.is_second && holds_one(Rectangles(entry.group->first)[0])) return;  // visited by its first rectangle
      visit(entry);
    });
    return;
  }
  tree_->for_each_meeting(around(to, to), visit);
  tree_->for_each_meeting(around(from, from), [&](const Entry& entry) {
    if (!entry.group->first.contains(to)) visit(entry);
  });
}

}  // namespace starling::geo
