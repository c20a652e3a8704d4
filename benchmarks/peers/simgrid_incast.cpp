// The incast of benchmarks/measure/flows.py on SimGrid (S4U), with plain max-min fairness:
//
//     simgrid_incast SENDERS MESSAGES MODE      # MODE: Lazy, SimGrid's default, or Full
//
// Prints the messages, the CPU seconds of the simulation, the end, and the sum of completion times (s); without
// arguments, SimGrid's version.

#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <simgrid/s4u.hpp>
#include <simgrid/version.h>
#include <string>
#include <vector>

namespace sg4 = simgrid::s4u;

// SplitMix64, as in measure/flows.py.
static uint64_t mix(uint64_t x)
{
  x += 0x9E3779B97F4A7C15ULL;
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9ULL;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EBULL;
  return x ^ (x >> 31);
}

static double think(uint64_t i, uint64_t k, double mean)
{
  return -mean * std::log(((mix(i * 1000003 + k) >> 11) + 0.5) * 0x1p-53);
}

int main(int argc, char** argv)
{
  if (argc < 4) {
    int major, minor, patch;
    sg_version_get(&major, &minor, &patch);
    std::printf("%d.%d.%d\n", major, minor, patch);
    return argc > 1;
  }
  const int senders = std::atoi(argv[1]), messages = std::atoi(argv[2]);
  int simgrid_argc = 1;
  sg4::Engine engine(&simgrid_argc, argv);
  for (const char* option : {"network/model:CM02", "network/TCP-gamma:0", "network/crosstraffic:0",
                             "network/latency-factor:1", "network/bandwidth-factor:1", "network/weight-S:0"})
    sg4::Engine::set_config(option);
  sg4::Engine::set_config(std::string("network/optim:") + argv[3]);

  auto* zone = sg4::create_star_zone("star");
  std::vector<sg4::Host*> hosts;
  for (int i = 0; i <= senders; i++) {
    hosts.push_back(zone->create_host("host" + std::to_string(i), 1e9));
    auto* link = zone->create_split_duplex_link("link" + std::to_string(i), 1.25e9)->set_latency(5e-5)->seal();
    zone->add_route(hosts.back()->get_netpoint(), nullptr, nullptr, nullptr,
                    {{link, sg4::LinkInRoute::Direction::UP}}, true);
  }
  zone->seal();

  double end = 0.0, total = 0.0;
  for (int i = 1; i <= senders; i++)
    sg4::Actor::create("sender", hosts[i], [&, i] {
      for (int k = 0; k < messages; k++) {
        sg4::this_actor::sleep_for(think(i, k, 0.04 * senders));
        sg4::Comm::sendto(hosts[i], hosts[0], 100000000);
        end = sg4::Engine::get_clock();
        total += end;
      }
    });
  const std::clock_t began = std::clock();
  engine.run();
  const double seconds = double(std::clock() - began) / CLOCKS_PER_SEC;
  std::printf("%d %.9g %.17g %.17g\n", senders * messages, seconds, end, total);
}
