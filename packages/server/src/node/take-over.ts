import { type OnReadOpts, Socket } from 'node:net'
import { DirectWriter, type WritableHandle } from './direct-writer.ts'

/*
 * A 'data' event costs an array of 64 KiB that is cut to size afterwards; `onread` reads into memory of ours instead,
 * which halves the price of large reads. `net.Server` has no such option, so the handle of an accepted socket is given
 * to a new socket that has. The handle is not part of Node's documented interface: where it is not as expected, the
 * socket is used as it is.
 */

/** What the handle of an accepted socket is known to have. */
interface Handle extends Partial<WritableHandle> {
  readStart(): unknown
  readStop(): unknown
  reading?: boolean
  close(callback?: () => void): void
}

interface WithInternals {
  _handle?: Handle | null
  /** The `net.Server` that counts the socket among its connections. */
  _server?: unknown
  server?: unknown
}

/** Memory that all sockets read into, one after the other: what is read is used up before the next read. */
const SHARED_READ_BUFFER = new Uint8Array(64 * 1024)

/** A socket that reads into shared memory. */
export interface TakenSocket {
  readonly socket: Socket
  /** A cheaper way to write than the socket's own, where there is one. */
  readonly writer: DirectWriter | undefined
  /** Stops to read, or goes on. `pause` and `resume` would do as much at several times the price. */
  setReading(on: boolean): void
}

/**
 * A socket that reads into shared memory, in the place of one that was accepted, paused or with everything read that has
 * come so far; `undefined` where that cannot be done.
 *
 * @param onBytes - Called with what was read; the bytes are overwritten after the call.
 * @param writesDirectly - Whether it may be written to past its stream.
 */
export const takeOver = (
  accepted: Socket,
  onBytes: (bytes: Uint8Array) => void,
  writesDirectly = true,
): TakenSocket | undefined => {
  const old = accepted as unknown as WithInternals
  const handle = old._handle
  if (typeof handle?.readStart !== 'function' || typeof handle.readStop !== 'function') return undefined
  const onread: OnReadOpts = {
    buffer: SHARED_READ_BUFFER,
    callback: (length, buffer) => {
      onBytes(buffer.subarray(0, length))
      return true
    },
  }
  if (typeof handle.close !== 'function') return undefined
  const { _server, server } = old
  if (handle.reading === true) {
    handle.readStop()
    handle.reading = false
  }
  old._handle = null
  old._server = null
  const options = { handle, onread, allowHalfOpen: true }
  const socket = new Socket(options)
  const taken = socket as unknown as WithInternals
  if (taken._handle !== handle) {
    old._handle = handle
    old._server = _server
    return undefined
  }
  taken._server = _server
  taken.server = server
  return {
    socket,
    writer: writesDirectly ? DirectWriter.for(socket, handle) : undefined,
    setReading: (on) => {
      if (taken._handle !== handle || handle.reading === on) return
      handle.reading = on
      if (on) handle.readStart()
      else handle.readStop()
    },
  }
}
