export { closestTo } from './closest.ts'
export { shownValue, switchOf } from './text.ts'
export { notForUs } from './variable.ts'
