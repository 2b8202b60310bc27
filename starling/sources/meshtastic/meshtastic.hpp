/// @file
/// Meshtastic's JSON packets as updates of the space `mesh`.
///
/// A gateway with JSON switched on publishes what it hears on `<root>/2/json/<channel>/!<gateway>`:
///
///     type       channel         kind   fields
///     nodeinfo   mesh:node       state  num, long_name, short_name, hardware, role
///     position   mesh:position   state  latitude, longitude, altitude_m, speed_mps, bearing_deg, satellites,
///                                       precision_bits, packet_id
///     telemetry  mesh:telemetry  state  battery_percent (over 100: external power), voltage_v,
///                                       channel_utilization_percent, air_utilization_percent, uptime_s,
///                                       temperature_c, humidity_percent, pressure_hpa, sensor_voltage_v,
///                                       sensor_current_ma, …, other numbers under their own names, packet_id
///     text       mesh:message    event  from, to, channel, text, id, gateway, rssi_dbm, snr_db, hops_away
///     any        mesh:raw        event  the message as it came (raw_packets.hpp)
///
/// The key is the node the packet is **from**, "!%08x". `sender` is only the gateway that passed it on: several pass
/// the same packet on, so nothing of theirs is in a state record, and a message heard again within ten minutes is
/// left out. The id of the packet is its originator's, the same through every gateway. Other types, other topics and the
/// downlink topic (`…/json/mqtt/`) give no updates of state; mesh:raw repeats them too, what cannot be read among them,
/// unless it is switched off or the broker kept the message.
///
/// Units, where the packet's differ: latitude_i and longitude_i are 1e-7 degrees and are written exactly.
/// ground_speed is km/h and ground_track 1e-5 degrees (what the firmware sends, GPS.cpp; the comments in its
/// mesh.proto say m/s and 1/100). gas_resistance keeps its name: the documented unit, megaohm, is not what the
/// firmware sends.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "starling/sources/decoder.hpp"
#include "starling/sources/meshtastic/raw_packets.hpp"

namespace starling::sources::meshtastic {

struct MeshtasticOptions {
  bool raw = true;  ///< every message is repeated on mesh:raw
};

class MeshtasticDecoder final : public Decoder {
 public:
  explicit MeshtasticDecoder(MeshtasticOptions options = {});

  Result<void, DecodeError> decode(std::string_view topic, std::string_view payload, bool retained, Timestamp now,
                                   std::vector<state::Update>& updates) override;

 private:
  /// What of a packet every type needs.
  struct Packet {
    std::string_view text;     ///< all of it, compact
    std::string_view payload;  ///< its member `payload`
    std::uint32_t from = 0;
    std::optional<std::uint32_t> id;
    std::optional<Timestamp> time;
    std::string_view gateway;  ///< "!…", of the topic
  };
  using Decoded = Result<std::vector<state::Update>, DecodeError>;

  /// Of a packet that is a compact object.
  [[nodiscard]] Decoded updates_of(std::string_view text, std::string_view gateway, Timestamp now);
  [[nodiscard]] static Decoded nodeinfo(const Packet& packet);
  [[nodiscard]] static Decoded position(const Packet& packet);
  [[nodiscard]] static Decoded telemetry(const Packet& packet);
  [[nodiscard]] Decoded text(const Packet& packet, Timestamp now);

  /// Whether this message was heard already; remembers it if not.
  [[nodiscard]] bool is_repeat(std::uint32_t from, std::uint32_t id, Timestamp now);

  struct Heard {
    std::uint32_t from;
    std::uint32_t id;
    Timestamp at;
  };
  std::deque<Heard> heard_;  ///< messages, oldest first, at most kHeardMax
  std::optional<RawPackets> raw_;
};

}  // namespace starling::sources::meshtastic
