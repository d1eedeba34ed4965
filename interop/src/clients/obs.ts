import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { args } from '../args.ts'
import {
  type Availability,
  lackingCommand,
  debianVersion,
  probeOnce,
  type RealClient,
} from '../availability.ts'
import { RunningProgram } from '../running-program.ts'
import { COLOURED_SCENE, globalIni } from './obs-files.ts'

const basicIni = (reconnect: boolean): string => `[General]
Name=t
[Output]
Mode=Simple
Reconnect=${reconnect}
RetryDelay=1
[SimpleOutput]
VBitrate=200
ABitrate=64
StreamEncoder=x264
Preset=ultrafast
UseAdvanced=true
[Video]
BaseCX=320
BaseCY=180
OutputCX=320
OutputCY=180
FPSType=0
FPSCommon=24 NTSC
[Audio]
SampleRate=48000
ChannelSetup=Stereo
`

/** OBS Studio without a screen: one coloured picture and silence, H.264 and AAC, about 2 s after the start. */
class Obs implements RealClient {
  readonly name = 'OBS Studio'
  readonly availability: () => Availability = probeOnce(
    () => lackingCommand(['obs', 'xvfb-run', 'Xvfb', 'xauth', 'timeout']),
    () => debianVersion('obs-studio'),
  )

  /**
   * Publishes for `seconds` of wall time, counted from the start of the program. OBS 29 then drops the connection
   * without a word.
   *
   * @param what.home an empty folder for its settings
   */
  async publish(what: {
    readonly server: string
    readonly key: string
    readonly home: string
    readonly seconds: number
    /** Try again each second when the connection is lost; by default it does not. */
    readonly reconnect?: boolean
  }): Promise<RunningProgram> {
    const config = join(what.home, '.config/obs-studio')
    const profile = join(config, 'basic/profiles/t')
    const scenes = join(config, 'basic/scenes')
    await mkdir(profile, { recursive: true })
    await mkdir(scenes, { recursive: true })
    await writeFile(join(config, 'global.ini'), globalIni('LastVersion=536870912'))
    await writeFile(join(config, 'user.ini'), globalIni('LastVersion=536870912'))
    await writeFile(join(profile, 'basic.ini'), basicIni(what.reconnect === true))
    await writeFile(join(scenes, 't.json'), JSON.stringify(COLOURED_SCENE))
    const settings = { server: what.server, key: what.key, use_auth: false }
    await writeFile(join(profile, 'service.json'), JSON.stringify({ type: 'rtmp_custom', settings }))
    // The time limit stands inside xvfb-run: OBS must end before its screen does.
    const words = args`-a -s ${'-screen 0 1280x800x24'} timeout -s TERM -k 8 ${what.seconds}
      obs --startstreaming --disable-shutdown-check --multi --profile t --collection t --minimize-to-tray`
    const limitMs = (what.seconds + 15) * 1000
    return new RunningProgram(this.name, 'xvfb-run', words, {
      limitMs,
      env: { HOME: what.home, TMPDIR: what.home, XDG_RUNTIME_DIR: what.home },
      cwd: what.home,
    })
  }
}

export const obs: Obs = new Obs()
