// Frames in C++17: handles that close themselves, rows in a loop, names as string views.
//
// Usage: frames SNAPSHOT. Prints each session's name and cost, one a line.
#include <cco.h>

#include <iostream>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>

namespace {

struct Closes {
    void operator()(cco_reader *reader) const { cco_close(reader); }
    void operator()(cco_frame *frame) const { cco_frame_free(frame); }
};

void check(int code)
{
    if (code != CCO_DONE)
        throw std::runtime_error(cco_last_error());
}

std::string_view view(cco_text text)
{
    return {text.data, text.bytes};
}

std::string dollars(cco_cost cost)
{
    char text[CCO_COST_TEXT_BYTES];
    check(cco_cost_text(cost, -1, text, sizeof text));
    return text;
}

} // namespace

int main(int argc, char **argv)
try {
    cco_reader *opened = nullptr;
    check(cco_open(argc > 1 ? argv[1] : nullptr, &opened));
    const std::unique_ptr<cco_reader, Closes> reader{opened};
    cco_frame *read = nullptr;
    check(cco_frame_read(reader.get(), &read));
    const std::unique_ptr<cco_frame, Closes> frame{read};
    // A function and a struct share a name, as with stat: `struct` says which.
    struct cco_session session;
    for (std::size_t row = 0; row < cco_frame_rows(frame.get(), CCO_SESSIONS); row++) {
        check(cco_frame_session(frame.get(), row, &session, sizeof session));
        std::cout << view(session.session) << ' ' << dollars(session.counters.cost) << '\n';
    }
    struct cco_totals totals;
    check(cco_totals(nullptr, &totals, sizeof totals));
} catch (const std::exception &error) {
    std::cout << error.what() << '\n';
}
