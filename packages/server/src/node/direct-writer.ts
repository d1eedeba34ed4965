import type { Socket } from 'node:net'
import { getSystemErrorName } from 'node:util'

/*
 * `socket.write` keeps a record, a callback and a tick for each write, which costs as much as a third of what the kernel
 * takes for it. The handle below it writes at once what the kernel takes, and the same record serves every write that
 * is done when the call returns, as nearly all are. The handle is not part of Node's documented interface: where
 * something is not as expected, the stream is used.
 */

/** One write. The handle has it for itself until it calls {@link WriteRequest.oncomplete}, if it has kept it. */
interface WriteRequest {
  oncomplete?: (status: number) => void
  /** Keeps the bytes of a write that has been kept from being collected: the handle only knows where they are. */
  buffer?: Uint8Array
}

/** What of a socket's handle is used here. */
export interface WritableHandle {
  /** Writes; 0, or a negative error code and nothing was written. */
  writeBuffer(request: WriteRequest, bytes: Uint8Array): number
}

/** What Node has for its own streams. */
interface StreamBinding {
  readonly WriteWrap: new () => WriteRequest
  /** What became of the last call, by index. */
  readonly streamBaseState: ArrayLike<number>
  /** Index of: whether the handle has kept the request and the bytes, since the kernel did not take all. */
  readonly kLastWriteWasAsync: number
}

/**
 * `process.binding` is deprecated for what people write. Where warnings of that kind are asked for (`--pending-deprecation`) or are
 * fatal (`--throw-deprecation`), this one is held back: whoever runs the server can change nothing about it but by `directWrite`.
 */
const insideOf = (name: string): Partial<StreamBinding> => {
  const inside = process as unknown as {
    binding(name: string): Partial<StreamBinding>
    noDeprecation?: boolean
  }
  const before = inside.noDeprecation
  inside.noDeprecation = true
  try {
    return inside.binding(name)
  } finally {
    if (before === undefined) delete inside.noDeprecation
    else inside.noDeprecation = before
  }
}

const streamBinding = (): StreamBinding | undefined => {
  try {
    const { WriteWrap, streamBaseState, kLastWriteWasAsync } = insideOf('stream_wrap')
    if (typeof WriteWrap !== 'function' || typeof kLastWriteWasAsync !== 'number') return undefined
    if (typeof streamBaseState?.[kLastWriteWasAsync] !== 'number') return undefined
    return { WriteWrap, streamBaseState, kLastWriteWasAsync }
  } catch {
    return undefined
  }
}

/** What Node has, once the first socket has asked for it; `false` where it has not what is needed. */
let node: StreamBinding | false | undefined

/** The request of the next write, of whichever socket. */
let request: WriteRequest | undefined

const found = (): boolean => {
  if (node === undefined) {
    node = streamBinding() ?? false
    if (node !== false) request = new node.WriteWrap()
  }
  return node !== false
}

/** Writes to the handle of a socket, past its stream. The owner keeps the two in order. */
export class DirectWriter {
  readonly #handle: WritableHandle
  readonly #socket: Socket
  #pendingBytes = 0

  private constructor(handle: WritableHandle, socket: Socket) {
    this.#handle = handle
    this.#socket = socket
  }

  /** A writer for a socket with this handle; `undefined` where that cannot be done. */
  static for(socket: Socket, handle: Partial<WritableHandle>): DirectWriter | undefined {
    if (typeof handle.writeBuffer !== 'function' || !found()) return undefined
    return new DirectWriter(handle as WritableHandle, socket)
  }

  /** Bytes of writes that the kernel has not taken whole. */
  get pendingBytes(): number {
    return this.#pendingBytes
  }

  /**
   * Writes bytes that nobody changes any more.
   *
   * @returns Whether they were written or will be. If not, nothing was, and the stream will find out why.
   */
  write(bytes: Uint8Array): boolean {
    const { streamBaseState, kLastWriteWasAsync, WriteWrap } = node as StreamBinding
    const current = request as WriteRequest
    if (this.#handle.writeBuffer(current, bytes) !== 0) return false
    if (streamBaseState[kLastWriteWasAsync] !== 0) {
      request = new WriteWrap()
      this.#await(current, bytes)
    }
    return true
  }

  #await(kept: WriteRequest, bytes: Uint8Array): void {
    const size = bytes.length
    this.#pendingBytes += size
    kept.buffer = bytes
    kept.oncomplete = (status) => {
      this.#pendingBytes -= size
      if (status >= 0) return
      const code = getSystemErrorName(status)
      this.#socket.destroy(
        Object.assign(new Error(`write ${code}`), { errno: status, code, syscall: 'write' }),
      )
    }
  }
}
