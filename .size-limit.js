/** The built entries as a user's bundler would take them: minified, with brotli. */
const node = { modifyEsbuildConfig: (config) => ({ ...config, platform: 'node', target: 'node20' }) };

export default [
  { name: 'memfleet', path: 'dist/index.js', limit: '80 kB', ...node },
  { name: 'memfleet/http', path: 'dist/http.js', limit: '15 kB', ...node },
  { name: 'memfleet/protocol', path: 'dist/protocol.js', limit: '10 kB', ...node },
];
