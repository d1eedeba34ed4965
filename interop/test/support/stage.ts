import type { TestContext } from 'vitest'

import { ffmpeg, newerFfmpeg } from '../../src/clients/ffmpeg.ts'
import { mediaMessages } from '../../src/media-messages.ts'
import type { RunningProgram } from '../../src/running-program.ts'
import { Scratch } from '../../src/scratch.ts'
import { Tap } from '../../src/tap.ts'
import type { TappedConnection } from '../../src/tapped-connection.ts'
import { type ServerSettings, ServerUnderTest } from './server-under-test.ts'

/** A server, taps to it and a folder, all gone when the test has finished. */
export class Stage {
  readonly server: ServerUnderTest
  readonly scratch: Scratch
  readonly #ends: (() => Promise<unknown>)[] = []

  private constructor(server: ServerUnderTest, scratch: Scratch) {
    this.server = server
    this.scratch = scratch
  }

  static async open({ onTestFinished }: TestContext, settings: ServerSettings = {}): Promise<Stage> {
    const stage = new Stage(await ServerUnderTest.start(settings), await Scratch.make())
    onTestFinished(async () => stage.#close())
    return stage
  }

  /** A new tap to the server. @param shut - See {@link Tap.open}. */
  async tap(shut = false): Promise<Tap> {
    const tap = await Tap.open(this.server.port, shut)
    this.atEnd(async () => tap.close())
    return tap
  }

  /** Ends the program when the test has finished, whatever became of it. */
  keep(program: RunningProgram): RunningProgram {
    this.atEnd(async () => program.kill())
    return program
  }

  /** Does this when the test has finished, the latest first. */
  atEnd(end: () => Promise<unknown>): void {
    this.#ends.push(end)
  }

  async #close(): Promise<void> {
    for (const end of this.#ends.reverse()) await end()
    await this.server.close()
    await this.scratch.remove()
  }
}

/** The FFmpeg that reads most: the newer one where there is one. */
export const bestFfmpeg: typeof ffmpeg = newerFfmpeg.availability().available ? newerFfmpeg : ffmpeg

/** A player behind a tap that has asked for its stream. */
export interface TappedPlayer {
  readonly program: RunningProgram
  readonly connection: TappedConnection
  /** Where it writes. */
  readonly output: string
}

/** Who plays what. */
interface TappedPlay {
  readonly path: string
  readonly file: string
  readonly ffmpeg?: typeof ffmpeg
  readonly announce?: readonly string[]
}

/** Starts FFmpeg as a player behind a tap and waits until it has asked for the stream. */
export async function startPlayer(stage: Stage, what: TappedPlay): Promise<TappedPlayer> {
  return (await readyPlayer(stage, what))()
}

/** Starts FFmpeg as a player behind a tap that lets it ask for its stream when the result is called: at once, then. */
export async function readyPlayer(stage: Stage, what: TappedPlay): Promise<() => Promise<TappedPlayer>> {
  const tap = await stage.tap(true)
  const output = stage.scratch.file(what.file)
  const { ffmpeg: player = bestFfmpeg, announce } = what
  const program = stage.keep(
    player.play({ url: tap.url(what.path), output, ...(announce === undefined ? {} : { announce }) }),
  )
  await tap.arrived()
  return async () => {
    tap.release()
    const connection = await tap.first()
    await asked(connection, 'play')
    return { program, connection, output }
  }
}

/** Waits until the client has sent this command. */
export async function asked(connection: TappedConnection, command: string): Promise<void> {
  const name = `\0${String.fromCharCode(command.length)}${command}`
  await connection.until(({ clientToServer }) => clientToServer.includes(name, 0, 'latin1'))
}

/** Waits until the player has been sent media up to this time of the stream, in milliseconds. */
export async function played(connection: TappedConnection, untilMs: number): Promise<void> {
  await connection.until(({ serverToClient }) => {
    const { audio, video } = mediaMessages(serverToClient)
    return Math.max(audio.at(-1)?.timestamp ?? 0, video.at(-1)?.timestamp ?? 0) >= untilMs
  })
}
