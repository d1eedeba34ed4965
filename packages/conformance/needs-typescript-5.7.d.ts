// These types need TypeScript 5.7 or later. An older one is led here and finds no module: an error that says so, where types
// that it cannot read would quietly become `any`. What to do: npm install --save-dev typescript@latest
