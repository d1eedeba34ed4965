import { spawnSync } from 'node:child_process'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { args } from '../args.ts'
import { type Availability, isExecutable, probeOnce, type RealClient } from '../availability.ts'
import { RunningProgram } from '../running-program.ts'
import { NEWER_FOLDER, newerProgram } from './newer-root.ts'
import { COLOURED_SCENE, globalIni } from './obs-files.ts'

/** As OBS keeps what was pasted: JSON in a field of JSON, backslashes doubled. */
const overrideLines = (override: string): string =>
  `MultitrackVideoConfigOverrideEnabled=true
MultitrackVideoConfigOverride=${JSON.stringify({ text: override }).replaceAll('\\', '\\\\')}
`

const basicIni = (width: number, height: number, override: string | undefined): string => `[General]
Name=t
[Output]
Mode=Simple
Reconnect=false
[Stream1]
EnableMultitrackVideo=true
MultitrackVideoMaximumAggregateBitrateAuto=true
MultitrackVideoMaximumVideoTracksAuto=true
${override === undefined ? '' : overrideLines(override)}[SimpleOutput]
VBitrate=200
ABitrate=64
StreamEncoder=x264
Preset=ultrafast
UseAdvanced=true
[Video]
BaseCX=${width}
BaseCY=${height}
OutputCX=${width}
OutputCY=${height}
FPSType=0
FPSCommon=24 NTSC
[Audio]
SampleRate=48000
ChannelSetup=Stereo
`

/** Whatever OBS takes longer for than this is a fault. Seconds. */
const MOST_SECONDS = 200

/** Screens are seen across roots by their numbers, lock files are not: others begin at 99. */
const FIRST_DISPLAY = 200
const DISPLAYS = 4000

const lacking = (): string | undefined => {
  for (const program of ['obs', 'Xvfb', 'xauth']) {
    if (!isExecutable(newerProgram(program)))
      return `${newerProgram(program)} not found (scripts/install-real-clients.sh)`
  }
  if (process.getuid?.() !== 0) return 'needs root, to run in the folder of a newer Debian'
  return spawnSync('unshare', ['-m', 'true']).status === 0 ? undefined : 'unshare -m is not allowed here'
}

/**
 * The service of a person who took what `rtmp-server obs-config` prints: OBS asks the server what to send.
 *
 * @param to - The server's addresses (`rtmp://…`, `http://…`), the app and the stream key.
 */
export const askingService = (to: {
  readonly rtmp: string
  readonly http: string
  readonly app: string
  readonly key: string
}): object => ({
  type: 'rtmp_common',
  settings: {
    service: 'RTMP for TypeScript',
    protocol: 'RTMP',
    server: `${to.rtmp}/${to.app}`,
    key: to.key,
    multitrack_video_name: 'Enhanced Broadcasting',
    multitrack_video_configuration_url: `${to.http}/_/obs/multitrack?app=${to.app}`,
  },
})

/** OBS Studio 30.2 or later in the newer root, without a screen: it knows Enhanced Broadcasting. */
class NewerObs implements RealClient {
  readonly name = 'OBS Studio (newer)'
  #started = 0
  readonly availability: () => Availability = probeOnce(lacking, () => this.#version())

  #version(): string {
    const words = ['--admindir', join(NEWER_FOLDER, 'var/lib/dpkg'), '-W', '-f', '${Version}', 'obs-studio']
    return spawnSync('dpkg-query', words, { encoding: 'utf8' }).stdout.split('+')[0] ?? 'unknown'
  }

  /**
   * Asks the service whose `service.json` it is given what to send, and publishes that until it is stopped.
   *
   * @param what.home - An empty folder for its settings.
   */
  async publish(what: {
    readonly service: object
    /** What is pasted as "Config Override": then nobody is asked. */
    readonly override?: string
    readonly home: string
    readonly width: number
    readonly height: number
  }): Promise<RunningProgram> {
    const { home, service, override, width, height } = what
    this.#started += 1
    const display = FIRST_DISPLAY + ((process.pid + this.#started) % DISPLAYS)
    const config = join(home, '.config/obs-studio')
    const profile = join(config, 'basic/profiles/t')
    const scenes = join(config, 'basic/scenes')
    await mkdir(profile, { recursive: true })
    await mkdir(scenes, { recursive: true })
    for (const file of ['global.ini', 'user.ini'])
      await writeFile(join(config, file), globalIni('LastVersion=537001986\nInfoIncrement=99'))
    await writeFile(join(profile, 'basic.ini'), basicIni(width, height, override))
    await writeFile(join(profile, 'service.json'), JSON.stringify(service))
    await writeFile(join(scenes, 't.json'), JSON.stringify(COLOURED_SCENE))
    // Mounts of its own, which go with its processes. They stay in one group, so that whoever ends it ends all of them.
    const script = `
      mount -t proc proc "$ROOT/proc" && mount --rbind /dev "$ROOT/dev" && mount -t tmpfs tmpfs "$ROOT/tmp" &&
      mount --bind "$OBS_HOME" "$ROOT/mnt" &&
      exec chroot "$ROOT" /usr/bin/env -i PATH=/usr/bin:/usr/sbin:/bin HOME=/mnt XDG_RUNTIME_DIR=/mnt LANG=C.UTF-8 LIBGL_ALWAYS_SOFTWARE=1 \\
        timeout --foreground -s TERM -k 5 ${MOST_SECONDS} xvfb-run -a -n ${display} -s '-screen 0 1280x800x24' \\
        obs --startstreaming --disable-shutdown-check --multi --profile t --collection t --minimize-to-tray`
    return new RunningProgram(this.name, 'unshare', args`-m sh -c ${script}`, {
      limitMs: MOST_SECONDS * 1000,
      env: { ROOT: NEWER_FOLDER, OBS_HOME: home },
    })
  }
}

export const newerObs: NewerObs = new NewerObs()
