#include "starling/sources/meshtastic/names.hpp"

#include <cstddef>
#include <iterator>

namespace starling::sources::meshtastic {
namespace {

constexpr std::string_view kRoles[] = {
    "CLIENT", "CLIENT_MUTE",   "ROUTER",         "ROUTER_CLIENT", "REPEATER",    "TRACKER",     "SENSOR",
    "TAK",    "CLIENT_HIDDEN", "LOST_AND_FOUND", "TAK_TRACKER",   "ROUTER_LATE", "CLIENT_BASE",
};
static_assert(std::size(kRoles) == 13);

constexpr std::int64_t kPrivateHardware = 255;

// Ten a line, so that the number can be counted.
// clang-format off
constexpr std::string_view kHardware[] = {
    "UNSET", "TLORA_V2", "TLORA_V1", "TLORA_V2_1_1P6", "TBEAM", "HELTEC_V2_0", "TBEAM_V0P7", "T_ECHO", "TLORA_V1_1P3", "RAK4631",
    "HELTEC_V2_1", "HELTEC_V1", "LILYGO_TBEAM_S3_CORE", "RAK11200", "NANO_G1", "TLORA_V2_1_1P8", "TLORA_T3_S3", "NANO_G1_EXPLORER", "NANO_G2_ULTRA", "LORA_TYPE",
    "WIPHONE", "WIO_WM1110", "RAK2560", "HELTEC_HRU_3601", "HELTEC_WIRELESS_BRIDGE", "STATION_G1", "RAK11310", "MAKERFABS_TRACKER", "MAKERFABS_RESERVED", "CANARYONE",
    "RP2040_LORA", "STATION_G2", "LORA_RELAY_V1", "T_ECHO_PLUS", "PPR", "GENIEBLOCKS", "NRF52_UNKNOWN", "PORTDUINO", "ANDROID_SIM", "DIY_V1",
    "NRF52840_PCA10059", "DR_DEV", "M5STACK", "HELTEC_V3", "HELTEC_WSL_V3", "BETAFPV_2400_TX", "BETAFPV_900_NANO_TX", "RPI_PICO", "HELTEC_WIRELESS_TRACKER", "HELTEC_WIRELESS_PAPER",
    "T_DECK", "T_WATCH_S3", "PICOMPUTER_S3", "HELTEC_HT62", "EBYTE_ESP32_S3", "ESP32_S3_PICO", "CHATTER_2", "HELTEC_WIRELESS_PAPER_V1_0", "HELTEC_WIRELESS_TRACKER_V1_0", "UNPHONE",
    "TD_LORAC", "CDEBYTE_EORA_S3", "TWC_MESH_V4", "NRF52_PROMICRO_DIY", "RADIOMASTER_900_BANDIT_NANO", "HELTEC_CAPSULE_SENSOR_V3", "HELTEC_VISION_MASTER_T190", "HELTEC_VISION_MASTER_E213", "HELTEC_VISION_MASTER_E290", "HELTEC_MESH_NODE_T114",
    "SENSECAP_INDICATOR", "TRACKER_T1000_E", "RAK3172", "WIO_E5", "RADIOMASTER_900_BANDIT", "ME25LS01_4Y10TD", "RP2040_FEATHER_RFM95", "M5STACK_COREBASIC", "M5STACK_CORE2", "RPI_PICO2",
    "M5STACK_CORES3", "SEEED_XIAO_S3", "MS24SF1", "TLORA_C6", "WISMESH_TAP", "ROUTASTIC", "MESH_TAB", "MESHLINK", "XIAO_NRF52_KIT", "THINKNODE_M1",
    "THINKNODE_M2", "T_ETH_ELITE", "HELTEC_SENSOR_HUB", "MUZI_BASE", "HELTEC_MESH_POCKET", "SEEED_SOLAR_NODE", "NOMADSTAR_METEOR_PRO", "CROWPANEL", "LINK_32", "SEEED_WIO_TRACKER_L1",
    "SEEED_WIO_TRACKER_L1_EINK", "MUZI_R1_NEO", "T_DECK_PRO", "T_LORA_PAGER", "M5STACK_RESERVED", "WISMESH_TAG", "RAK3312", "THINKNODE_M5", "HELTEC_MESH_SOLAR", "T_ECHO_LITE",
    "HELTEC_V4", "M5STACK_C6L", "M5STACK_CARDPUTER_ADV", "HELTEC_WIRELESS_TRACKER_V2", "T_WATCH_ULTRA", "THINKNODE_M3", "WISMESH_TAP_V2", "RAK3401", "RAK6421", "THINKNODE_M4",
    "THINKNODE_M6", "MESHSTICK_1262", "TBEAM_1_WATT", "T5_S3_EPAPER_PRO", "TBEAM_BPF", "MINI_EPAPER_S3", "TDISPLAY_S3_PRO", "HELTEC_MESH_NODE_T096", "MESH_TRACKER_X1", "THINKNODE_M7",
    "THINKNODE_M8", "THINKNODE_M9", "HELTEC_V4_R8", "HELTEC_MESH_NODE_T1", "STATION_G3", "T_IMPULSE_PLUS", "T_ECHO_CARD", "SEEED_WIO_TRACKER_L2", "CROWPANEL_P4", "HELTEC_MESH_TOWER_V2",
    "MESHNOLOGY_W10", "HELTEC_RC32", "HELTEC_RC52", "HELTEC_RCC6", "SEEED_WIO_TRACKER_L1_PRO_1W", "MESHNOLOGY_W12", "MESHPAGER_X2", "T_CONNECT_PRO", "AXIOMETA_GENESIS_MINI", "MAKERFABS_NOMAD_TERMINAL",
    "THINKNODE_MX",
};
// clang-format on
static_assert(std::size(kHardware) == 151);
static_assert(kHardware[4] == "TBEAM" && kHardware[43] == "HELTEC_V3" &&
              kHardware[100] == "SEEED_WIO_TRACKER_L1_EINK");

template <std::size_t Size>
std::optional<std::string_view> at(const std::string_view (&names)[Size], std::int64_t number) noexcept {
  if (number < 0 || number >= static_cast<std::int64_t>(Size)) return std::nullopt;
  return names[static_cast<std::size_t>(number)];
}

}  // namespace

std::optional<std::string_view> hardware_name(std::int64_t number) noexcept {
  if (number == kPrivateHardware) return "PRIVATE_HW";
  return at(kHardware, number);
}

std::optional<std::string_view> role_name(std::int64_t number) noexcept { return at(kRoles, number); }

}  // namespace starling::sources::meshtastic
