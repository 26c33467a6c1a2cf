// A fragment of a file: declarations, with the usual names.
using namespace weld::literals;
namespace own = weld::stack;
namespace sim = weld::sim;
BLOCK
