// The value at a place, or the one from where it is looked at when there is none.
float beside(Grid grid, float here, long x, long y, long z) {
    float value = linear(grid, x, y, z);
    return isnan(value) ? here : value;
}

// One line of places for each pixel: colour gathered from the viewer on. `table` is the transfer function by stored value,
// `rows` turns gradients by samples into gradients by mm, `light` is ambient, shine and contrast. The line of the first pixel
// goes along `toward`, to which `across` and `down` are added from pixel to pixel.
kernel void render(global const SAMPLE *samples, int4 size, float slope, float intercept, float padding,
                   global const uint *starts, global const uint4 *spans, global const long *places,
                   global const float4 *table, float scale, float offset, int entries, global const float *rows,
                   float4 toward, float4 across, float4 down, float4 light, float dark, global uchar *colours, int width) {
    Grid grid = {samples, size.x, size.y, size.z, size.w, slope, intercept, padding};
    size_t pixel = get_global_id(0) + (size_t)width * get_global_id(1);
    float4 normal = normalize(toward + across * (float)get_global_id(0) + down * (float)get_global_id(1));
    float red = 0.0f, green = 0.0f, blue = 0.0f, left = 1.0f;
    for (uint run = starts[pixel]; run < starts[pixel + 1] && left >= dark; run++) {
        global const long *place = places + 6 * (size_t)run;
        global const float *row = rows + 9 * spans[run].z;
        long x = place[0], y = place[1], z = place[2];
        for (uint number = spans[run].x; number < spans[run].y && left >= dark; number++) {
            float stored = linear(grid, x, y, z);
            float at = scale * stored + offset;
            float4 entry = table[at > 0.0f ? (at < (float)(entries - 1) ? (int)at : entries - 1) : 0];
            if (entry.w > 0.0f && !isnan(stored)) {
                float by_x = 0.5f * (beside(grid, stored, x + ONE, y, z) - beside(grid, stored, x - ONE, y, z));
                float by_y = 0.5f * (beside(grid, stored, x, y + ONE, z) - beside(grid, stored, x, y - ONE, z));
                float by_z = 0.5f * (beside(grid, stored, x, y, z + ONE) - beside(grid, stored, x, y, z - ONE));
                float gx = slope * (by_x * row[0] + by_y * row[3] + by_z * row[6]);
                float gy = slope * (by_x * row[1] + by_y * row[4] + by_z * row[7]);
                float gz = slope * (by_x * row[2] + by_y * row[5] + by_z * row[8]);
                float steep = sqrt(gx * gx + gy * gy + gz * gz);
                float facing = fabs(gx * normal.x + gy * normal.y + gz * normal.z) / fmax(steep, FLT_MIN);
                float surface = steep / (steep + light.z);
                float diffuse = 1.0f + (facing - 1.0f) * surface;
                float second = facing * facing, fourth = second * second, eighth = fourth * fourth;
                float shade = light.x + (1.0f - light.x) * diffuse, shine = light.y * surface * eighth * eighth;
                float seen = left * entry.w;
                red += seen * (entry.x * shade + shine);
                green += seen * (entry.y * shade + shine);
                blue += seen * (entry.z * shade + shine);
                left -= seen;
            }
            x += place[3];
            y += place[4];
            z += place[5];
        }
    }
    vstore3(convert_uchar3_sat(round((float3)(red, green, blue) * 255.0f)), pixel, colours);
}
