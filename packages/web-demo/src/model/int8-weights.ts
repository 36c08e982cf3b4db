import { readSafetensors, tensorFromFloat32, type WeightTensor, writeSafetensors } from "@bertie/model";

/** Converts a weight file of scripts/quantize-encoders.js to float32. Each int8 tensor in the file has one scale per row. */
export function dequantized(contents: Uint8Array): Uint8Array {
  const tensors = readSafetensors(contents, "model.safetensors");
  const named = [...tensors].filter(([name]) => !name.endsWith(".scale"));
  return writeSafetensors(
    new Map(
      named.map(([name, tensor]) => {
        const scales = tensors.get(`${name}.scale`)?.toFloat32();
        return [name, scales === undefined ? tensor : floatTensor(tensor, scales)];
      }),
    ),
  );
}

function floatTensor({ shape, toBytes }: WeightTensor, scales: Float32Array): WeightTensor {
  const bytes = toBytes();
  const integers = new Int8Array(bytes.buffer, bytes.byteOffset, bytes.length);
  const columns = integers.length / scales.length;
  const values = new Float32Array(integers.length);
  for (let row = 0; row < scales.length; row++) {
    const scale = scales[row]!;
    for (let i = row * columns; i < (row + 1) * columns; i++) values[i] = integers[i]! * scale;
  }
  return tensorFromFloat32(shape, values);
}
