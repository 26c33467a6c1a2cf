// The inside of a scenario of a simulation, whose hosts are there.
using namespace weld::literals;
namespace sim = weld::sim;
namespace when = weld::sim::when;
template <class Net> weld::task<> server(Net& net);
template <class Net> weld::task<> client(Net& net, weld::address4 at);
inline void scenario(sim::world& world) {
BLOCK
}
