/// @file
/// Who takes part in the demo, and where they go: a search exercise around the Golden Gate.
///
/// The people and radios are invented, the places are real. Positions are [latitude, longitude] in degrees. Every route
/// is closed: the last waypoint leads back to the first, and one lap takes the whole recording.

/// Radios that stay where they are: [long name, short name, hardware, role, latitude, longitude, altitude in metres].
export const fixedStations = [
  ["Hawk Hill Router", "HAWK", "STATION_G2", "ROUTER", 37.8257, -122.4996, 281],
  ["Hill 88 Router", "HL88", "RAK4631", "ROUTER", 37.8433, -122.5402, 296],
  ["Mount Sutro Router", "SUTR", "STATION_G2", "ROUTER", 37.7583, -122.4572, 277],
  ["Twin Peaks Router", "TWIN", "STATION_G2", "ROUTER", 37.7544, -122.4477, 281],
  ["Grand View Solar", "GRND", "RAK4631", "ROUTER", 37.7563, -122.4718, 198],
  ["Mount Livermore Solar", "LIVR", "RAK4631", "ROUTER", 37.8608, -122.4308, 240],
  ["Point Bonita Light", "BNTA", "RAK4631", "ROUTER", 37.8156, -122.5296, 38],
  ["Alcatraz Light", "ALCZ", "RAK4631", "ROUTER", 37.8262, -122.4222, 65],
  ["Coit Tower Router", "COIT", "STATION_G2", "ROUTER", 37.8024, -122.4058, 147],
  ["Yerba Buena Router", "YBI", "RAK4631", "ROUTER", 37.8099, -122.3663, 100],
  ["Presidio Command", "CMD", "STATION_G2", "CLIENT", 37.801, -122.458, 35],
  ["Fort Point Weather", "FTPT", "RAK4631", "SENSOR", 37.8106, -122.477, 6],
  ["Crissy Field Medical", "MED", "HELTEC_V3", "CLIENT", 37.8052, -122.4575, 4],
  ["Marina Harbor Office", "MRNA", "TBEAM", "CLIENT", 37.8073, -122.444, 4],
  ["Aquatic Park Dock", "AQUA", "HELTEC_V3", "CLIENT", 37.8068, -122.4225, 3],
  ["Ferry Building", "FERY", "HELTEC_V3", "CLIENT", 37.7955, -122.3937, 9],
  ["Baker Beach Gate", "BAKR", "TBEAM", "CLIENT", 37.791, -122.4832, 12],
  ["Lands End Lookout", "LAND", "RAK4631", "SENSOR", 37.78, -122.5115, 58],
  ["Golden Gate Park Depot", "GGPK", "HELTEC_V3", "CLIENT", 37.7702, -122.47, 80],
  ["Kirby Cove Camp", "KRBY", "RAK4631", "SENSOR", 37.8273, -122.489, 15],
  ["Fort Baker Pier", "FTBK", "TBEAM", "CLIENT", 37.8335, -122.4757, 4],
  ["Rodeo Beach Station", "RODE", "RAK4631", "SENSOR", 37.8318, -122.5362, 8],
  ["Sausalito Ferry", "SAUS", "HELTEC_V3", "CLIENT", 37.8557, -122.478, 4],
  ["Ayala Cove Ranger", "AYLA", "TBEAM", "CLIENT", 37.8684, -122.4342, 10],
];

/// People on foot, a team a row: the sweep goes out from `from` on `bearing_deg` and back again, the members
/// `spacing_m` apart. `length_m` is the way out: 200 m in 150 s is a walk, 420 m a run.
export const walkingTeams = [
  { from: [37.7928, -122.4838], bearing_deg: 20, length_m: 215, spacing_m: 32, altitude_m: 4, names: ["Baker Ana", "Baker Bo", "Baker Cy"] },
  { from: [37.7868, -122.5035], bearing_deg: 262, length_m: 190, spacing_m: 60, altitude_m: 62, names: ["Lands End Dee", "Lands End Eli", "Lands End Fay"] },
  { from: [37.8056, -122.4668], bearing_deg: 84, length_m: 230, spacing_m: 45, altitude_m: 3, names: ["Crissy Gus", "Crissy Hana", "Crissy Ivo"] },
  { from: [37.7742, -122.5128], bearing_deg: 176, length_m: 240, spacing_m: 40, altitude_m: 4, names: ["Ocean Jo", "Ocean Kit"] },
  { from: [37.8281, -122.4881], bearing_deg: 320, length_m: 170, spacing_m: 70, altitude_m: 40, names: ["Kirby Lea", "Kirby Mo"] },
  { from: [37.8309, -122.5369], bearing_deg: 335, length_m: 220, spacing_m: 35, altitude_m: 5, names: ["Rodeo Nia", "Rodeo Ole"] },
  { from: [37.8655, -122.4372], bearing_deg: 215, length_m: 200, spacing_m: 80, altitude_m: 55, names: ["Angel Pia", "Angel Quin"] },
  { from: [37.8345, -122.4748], bearing_deg: 8, length_m: 185, spacing_m: 50, altitude_m: 9, names: ["Fort Baker Ray", "Fort Baker Sol"] },
  { from: [37.8062, -122.4395], bearing_deg: 88, length_m: 420, spacing_m: 0, altitude_m: 3, names: ["Runner Tess"] },
];

/// Vehicles: [long name, short name, hardware, altitude in metres, waypoints]. Length and duration make the speed.
export const vehicles = [
  ["Bridge Patrol North", "BPN", "TRACKER_T1000_E", 67, [[37.8073, -122.4752], [37.8105, -122.477], [37.82, -122.4784], [37.829, -122.4796], [37.8324, -122.4802], [37.829, -122.4798], [37.82, -122.4786], [37.8105, -122.4772]]],
  ["Bridge Patrol South", "BPS", "TRACKER_T1000_E", 67, [[37.8324, -122.4803], [37.829, -122.4799], [37.82, -122.4787], [37.8105, -122.4773], [37.8073, -122.4753], [37.8105, -122.4769], [37.82, -122.4783], [37.829, -122.4795]]],
  ["Marin Truck 1", "MT1", "TBEAM", 180, [[37.8338, -122.4838], [37.829, -122.4835], [37.8282, -122.4905], [37.8265, -122.498], [37.8335, -122.4965], [37.8365, -122.491]]],
  ["Marin Truck 2", "MT2", "TBEAM", 20, [[37.8323, -122.535], [37.8322, -122.5255], [37.833, -122.514], [37.8352, -122.507], [37.8333, -122.514], [37.8325, -122.5255]]],
  ["Sausalito Engine 7", "SE7", "TBEAM", 6, [[37.857, -122.4795], [37.861, -122.486], [37.865, -122.495], [37.8695, -122.501], [37.8652, -122.4953], [37.8613, -122.4864]]],
  ["Presidio Ranger 1", "PR1", "T_DECK", 70, [[37.806, -122.4735], [37.7985, -122.4785], [37.7915, -122.4805], [37.789, -122.474], [37.7935, -122.464], [37.7995, -122.459], [37.8035, -122.465]]],
  ["Presidio Ranger 2", "PR2", "T_DECK", 40, [[37.8013, -122.4475], [37.7975, -122.4515], [37.7945, -122.459], [37.799, -122.4645], [37.8035, -122.4625], [37.8033, -122.453]]],
  ["Marina Ambulance", "AMB", "TBEAM", 8, [[37.8005, -122.441], [37.806, -122.4385], [37.8048, -122.4285], [37.799, -122.4275]]],
  ["Waterfront Van", "VAN", "HELTEC_V3", 5, [[37.8083, -122.4125], [37.806, -122.4045], [37.8, -122.398], [37.7962, -122.3945], [37.7965, -122.3985], [37.802, -122.4025], [37.806, -122.4115]]],
  ["Great Highway Truck", "GHT", "TBEAM", 10, [[37.779, -122.5125], [37.772, -122.5108], [37.7645, -122.51], [37.7643, -122.502], [37.772, -122.5015], [37.7795, -122.502]]],
  ["Park Ranger 4", "PK4", "T_DECK", 60, [[37.772, -122.461], [37.7708, -122.473], [37.7697, -122.484], [37.7662, -122.484], [37.7664, -122.472], [37.7666, -122.461]]],
  ["Divisadero Unit", "DIV", "HELTEC_V3", 60, [[37.798, -122.4465], [37.788, -122.4445], [37.7785, -122.443], [37.7788, -122.4395], [37.788, -122.4412], [37.7985, -122.443]]],
  ["Bike Messenger Uma", "BIKE", "T_ECHO", 4, [[37.8056, -122.462], [37.8062, -122.4545], [37.8066, -122.449], [37.8064, -122.4545], [37.8058, -122.462]]],
  ["Tiburon Bike Vik", "TIBV", "T_ECHO", 4, [[37.8728, -122.4565], [37.8755, -122.4615], [37.879, -122.468], [37.8757, -122.4618]]],
];

/// The boat and the plane, in the shape of the vehicles.
export const boat = ["Rescue Boat Pelican", "BOAT", "TBEAM", 1, [[37.8165, -122.469], [37.8215, -122.465], [37.8225, -122.456], [37.8185, -122.4495], [37.814, -122.454], [37.8135, -122.463]]];
export const plane = ["Search Plane Osprey", "AIR1", "TRACKER_T1000_E", 460, [[37.797, -122.517], [37.808, -122.5265], [37.828, -122.514], [37.845, -122.484], [37.85, -122.447], [37.841, -122.429], [37.822, -122.438], [37.803, -122.476]]];
