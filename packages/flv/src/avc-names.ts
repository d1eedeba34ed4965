const NAMES: Readonly<Record<number, string>> = {
  44: 'CAVLC 4:4:4 Intra',
  66: 'Baseline',
  77: 'Main',
  83: 'Scalable Baseline',
  86: 'Scalable High',
  88: 'Extended',
  100: 'High',
  110: 'High 10',
  118: 'Multiview High',
  122: 'High 4:2:2',
  128: 'Stereo High',
  144: 'High 4:4:4',
  244: 'High 4:4:4 Predictive',
}

const CONSTRAINT_SET_1 = 0x40
const CONSTRAINT_SET_3 = 0x10
const CONSTRAINT_SET_4 = 0x08
const CONSTRAINT_SET_5 = 0x04

/** The name of an H.264 profile (H.264 Annex A.2), constraint flags considered; `'unknown'` for others. */
export const avcProfileName = (profile: number, compatibility = 0): string => {
  const name = NAMES[profile] ?? 'unknown'
  if (profile === 66 && (compatibility & CONSTRAINT_SET_1) !== 0) return 'Constrained Baseline'
  if (profile === 100 && (compatibility & CONSTRAINT_SET_4) !== 0) {
    return (compatibility & CONSTRAINT_SET_5) === 0 ? 'Progressive High' : 'Constrained High'
  }
  const intra = (compatibility & CONSTRAINT_SET_3) !== 0 && [110, 122, 244].includes(profile)
  return intra ? `${name} Intra` : name
}

/** The name of an H.264 level: `'3.1'`, `'1b'`. */
export const avcLevelName = (level: number, profile = 0, compatibility = 0): string => {
  const oneB = level === 11 && profile <= 88 && (compatibility & CONSTRAINT_SET_3) !== 0
  return level === 9 || oneB ? '1b' : (level / 10).toFixed(level % 10 === 0 ? 0 : 1)
}
