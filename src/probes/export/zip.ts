/** One file of an archive. */
export interface ZipEntry {
  name: string;
  bytes: Uint8Array;
}

const LIMIT = 0xffffffff;

/**
 * A zip archive of stored (not compressed) files, piece by piece: what numpy calls NPZ. At most 4 GiB together. Dates are
 * 1980-01-01, so that the same content gives the same bytes.
 */
export async function* zipPieces(
  entries: Iterable<ZipEntry> | AsyncIterable<ZipEntry>,
): AsyncGenerator<Uint8Array> {
  const directory: Uint8Array[] = [];
  let position = 0;
  for await (const { name, bytes } of entries) {
    const facts = { name: new TextEncoder().encode(name), crc: crc32(bytes), size: bytes.length };
    const local = header(0x04034b50, 30, facts, 0);
    directory.push(header(0x02014b50, 46, facts, position));
    position += local.length + bytes.length;
    if (position > LIMIT) throw new RangeError('The archive is larger than 4 GiB.');
    yield local;
    yield bytes;
  }
  const size = directory.reduce((sum, { length }) => sum + length, 0);
  yield* directory;
  yield end(directory.length, size, position);
}

/** A local header (30 bytes) or an entry of the central directory (46 bytes), and the name. */
function header(
  signature: number,
  length: number,
  { name, crc, size }: { name: Uint8Array; crc: number; size: number },
  position: number,
): Uint8Array {
  const bytes = new Uint8Array(length + name.length);
  const view = new DataView(bytes.buffer);
  const isCentral = length === 46;
  view.setUint32(0, signature, true);
  // From here on both have the same fields; the directory's begin two bytes later, after the version that made it.
  const at = isCentral ? 2 : 0;
  if (isCentral) view.setUint16(4, 20, true);
  view.setUint16(at + 4, 20, true);
  // Names are UTF-8.
  view.setUint16(at + 6, 0x0800, true);
  view.setUint16(at + 12, 0x21, true);
  view.setUint32(at + 14, crc, true);
  view.setUint32(at + 18, size, true);
  view.setUint32(at + 22, size, true);
  view.setUint16(at + 26, name.length, true);
  if (isCentral) view.setUint32(42, position, true);
  bytes.set(name, length);
  return bytes;
}

function end(count: number, size: number, position: number): Uint8Array {
  const bytes = new Uint8Array(22);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, 0x06054b50, true);
  view.setUint16(8, count, true);
  view.setUint16(10, count, true);
  view.setUint32(12, size, true);
  view.setUint32(16, position, true);
  return bytes;
}

const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? 0xedb88320 ^ (value >>> 1) : value >>> 1;
  return value;
});

/** CRC-32 of ISO 3309, as zip has it. */
export function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (let i = 0; i < bytes.length; i++) {
    crc = (TABLE[(crc ^ (bytes[i] as number)) & 0xff] as number) ^ (crc >>> 8);
  }
  return (crc ^ 0xffffffff) >>> 0;
}
