// libjxl's encoder behind two C functions: its structures differ from version to version.

#include <stddef.h>
#include <stdint.h>

#include <jxl/encode.h>

// As `libjxl::Picture` in libjxl.rs.
struct libjxl_picture {
    uint32_t columns, rows, components, precision;
    float distance;
};

typedef void (*libjxl_sink)(void *, const uint8_t *, size_t);

// Of 1 to 9: what takes a tenth of the time of the usual 7, and comes to little more.
enum { EFFORT = 3 };

static JxlEncoderFrameSettings *settings(JxlEncoder *encoder) {
    JxlEncoderFrameSettings *settings = JxlEncoderFrameSettingsCreate(encoder, NULL);
    if (settings != NULL)
        JxlEncoderFrameSettingsSetOption(settings, JXL_ENC_FRAME_SETTING_EFFORT, EFFORT);
    return settings;
}

// Gives what comes out to `sink`.
static JxlEncoderStatus finish(JxlEncoder *encoder, libjxl_sink sink, void *user) {
    uint8_t buffer[1 << 16];
    JxlEncoderStatus status;
    JxlEncoderCloseInput(encoder);
    do {
        uint8_t *next = buffer;
        size_t room = sizeof buffer;
        status = JxlEncoderProcessOutput(encoder, &next, &room);
        sink(user, buffer, sizeof buffer - room);
    } while (status == JXL_ENC_NEED_MORE_OUTPUT);
    return status;
}

// 0 if all went well, else the encoder's reason (JxlEncoderError), which is never 0.
static int end(JxlEncoder *encoder, JxlEncoderStatus status) {
    int error = status == JXL_ENC_SUCCESS ? 0 : (int)JxlEncoderGetError(encoder);
    JxlEncoderDestroy(encoder);
    return status == JXL_ENC_SUCCESS ? 0 : error == 0 ? JXL_ENC_ERR_GENERIC : error;
}

static JxlEncoderStatus encode(JxlEncoder *encoder, const struct libjxl_picture *picture, const float *samples,
                               size_t length) {
    JxlBasicInfo info;
    JxlEncoderInitBasicInfo(&info);
    info.xsize = picture->columns;
    info.ysize = picture->rows;
    info.bits_per_sample = picture->precision;
    info.exponent_bits_per_sample = 0;
    info.num_color_channels = picture->components;
    info.uses_original_profile = JXL_FALSE;
    JxlColorEncoding colours;
    JxlColorEncodingSetToSRGB(&colours, picture->components == 1);
    JxlEncoderFrameSettings *frame = settings(encoder);
    JxlPixelFormat format = {picture->components, JXL_TYPE_FLOAT, JXL_NATIVE_ENDIAN, 0};
    if (frame == NULL || JxlEncoderSetBasicInfo(encoder, &info) != JXL_ENC_SUCCESS ||
        JxlEncoderSetColorEncoding(encoder, &colours) != JXL_ENC_SUCCESS ||
        JxlEncoderSetFrameDistance(frame, picture->distance) != JXL_ENC_SUCCESS)
        return JXL_ENC_ERROR;
    return JxlEncoderAddImageFrame(frame, &format, samples, length);
}

// Samples between 0 and 1, interleaved, as a codestream.
int libjxl_encode(const struct libjxl_picture *picture, const float *samples, size_t length, libjxl_sink sink,
                  void *user) {
    JxlEncoder *encoder = JxlEncoderCreate(NULL);
    if (encoder == NULL)
        return JXL_ENC_ERR_OOM;
    JxlEncoderStatus status = encode(encoder, picture, samples, length);
    return end(encoder, status == JXL_ENC_SUCCESS ? finish(encoder, sink, user) : status);
}

// A JPEG frame in a container, with what it takes to make it again bit for bit.
int libjxl_recompress(const uint8_t *jpeg, size_t length, libjxl_sink sink, void *user) {
    JxlEncoder *encoder = JxlEncoderCreate(NULL);
    if (encoder == NULL)
        return JXL_ENC_ERR_OOM;
    JxlEncoderFrameSettings *frame = settings(encoder);
    JxlEncoderStatus status = JXL_ENC_ERROR;
    if (frame != NULL && JxlEncoderUseContainer(encoder, JXL_TRUE) == JXL_ENC_SUCCESS &&
        JxlEncoderStoreJPEGMetadata(encoder, JXL_TRUE) == JXL_ENC_SUCCESS)
        status = JxlEncoderAddJPEGFrame(frame, jpeg, length);
    return end(encoder, status == JXL_ENC_SUCCESS ? finish(encoder, sink, user) : status);
}
