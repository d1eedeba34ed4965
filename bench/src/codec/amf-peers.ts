import Module, { createRequire } from 'node:module'

// Every AMF package of npm that runs. All but ours want Buffers.

const require = createRequire(import.meta.url)

interface PlainByteArray {
  buffer: Buffer
  position: number
  objectEncoding: number
  readObject(): unknown
  writeObject(value: unknown): void
}

/** `bytearray-node` loads a native compressor that AMF has no use for. */
const withoutLzma = (): (new (bytes?: Buffer) => PlainByteArray) => {
  const loader = Module as unknown as { _load(id: string, ...more: unknown[]): unknown }
  const original = loader._load.bind(loader)
  loader._load = (id, ...more) => (id === 'lzma-native' ? {} : original(id, ...more))
  try {
    return require('bytearray-node') as new (
      bytes?: Buffer,
    ) => PlainByteArray
  } finally {
    loader._load = original
  }
}

export const ByteArray: new (bytes?: Buffer) => PlainByteArray = withoutLzma()

/** `amf`: reads AMF0 only. */
export const amf: { read(bytes: Buffer, info: { offset: number }): unknown } = require('amf') as never

/** The codec inside node-media-server. */
export const nodeMediaServer: {
  amf0Decode(bytes: Buffer): unknown
  amf0Encode(values: readonly unknown[]): Buffer
} = require('node-media-server/src/protocol/amf.js') as never

interface AstronautValue {
  deserialize(bytes: Uint8Array): { value: unknown }
  any(value: unknown): { serialize(): Uint8Array }
}

// `@astronautlabs/amf` wants this loaded first.
createRequire(require.resolve('@astronautlabs/amf'))('reflect-metadata')

/** `@astronautlabs/amf`. */
export const astronaut: { AMF0: { Value: AstronautValue }; AMF3: { Value: AstronautValue } } =
  require('@astronautlabs/amf') as never
