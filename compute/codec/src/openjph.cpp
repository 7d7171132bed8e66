// OpenJPH's encoder behind one C function: its interface is C++ and reports by exceptions.

#include <cstdint>
#include <cstring>
#include <exception>

// First, because the others need what it defines.
#include <openjph/ojph_arch.h>

#include <openjph/ojph_codestream.h>
#include <openjph/ojph_file.h>
#include <openjph/ojph_mem.h>
#include <openjph/ojph_params.h>

extern "C" {

// As `openjph::Request` in openjph.rs.
struct openjph_request {
    uint32_t columns, rows, components, precision, levels;
    uint8_t is_signed, transform;
    float step; // of quantisation; 0 without loss
};

// Gives the codestream to `sink` and returns 0, or writes why not into `words` (of `room` bytes) and returns 1.
int openjph_encode(const openjph_request *request, const int32_t *const *planes,
                   void (*sink)(void *, const uint8_t *, size_t), void *user, char *words, size_t room) {
    try {
        ojph::codestream codestream;
        ojph::param_siz size = codestream.access_siz();
        size.set_image_extent(ojph::point(request->columns, request->rows));
        size.set_tile_size(ojph::size(request->columns, request->rows));
        size.set_num_components(request->components);
        for (uint32_t component = 0; component < request->components; ++component)
            size.set_component(component, ojph::point(1, 1), request->precision, request->is_signed != 0);
        ojph::param_cod style = codestream.access_cod();
        style.set_num_decomposition(request->levels);
        style.set_block_dims(64, 64);
        style.set_reversible(request->step == 0);
        style.set_color_transform(request->transform != 0);
        style.set_progression_order("RPCL");
        if (request->step > 0)
            codestream.access_qcd().set_irrev_quant(request->step);
        codestream.set_planar(false);

        ojph::mem_outfile out;
        out.open();
        codestream.write_headers(&out);
        ojph::ui32 component = 0;
        ojph::line_buf *line = codestream.exchange(nullptr, component);
        for (uint32_t row = 0; row < request->rows; ++row)
            for (uint32_t turn = 0; turn < request->components; ++turn) {
                const int32_t *values = planes[component] + size_t(row) * request->columns;
                std::memcpy(line->i32, values, request->columns * sizeof(int32_t));
                line = codestream.exchange(line, component);
            }
        codestream.flush();
        sink(user, out.get_data(), size_t(out.tell()));
        codestream.close();
        return 0;
    } catch (const std::exception &error) {
        std::strncpy(words, error.what(), room - 1);
    } catch (...) {
        std::strncpy(words, "the encoder gave up", room - 1);
    }
    words[room - 1] = 0;
    return 1;
}

}
