#!/usr/bin/env bash
# The official JavaScript SDK forgets the region and the gateway that a program has set when the log level is changed.
#
# Software: purecloud-platform-client-v2 262.0.0 (npm)
# Guess:    a configuration file that has only [logging] changes only that, at the start as when the SDK reads it again after a change.
# Reality:  when the file ~/.genesyscloudjavascript/config changes, or appears, the region of setEnvironment becomes the file's, or without one
#           mypurecloud.com, and the gateway of setGateway is gone. From then on a running program sends its token, and at the next login its
#           id and secret, to another region, and past the gateway: a 401 hours after the start. Set config.live_reload_config to false,
#           or have the region and the gateway in the file.
# Source:   src/purecloud-platform-client-v2/configuration.js, updateConfigValues
# Date:     2026-11-30
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --ignore-scripts purecloud-platform-client-v2@262.0.0 > npm.log || { cat npm.log; exit 1; }

mkdir --parents home/.genesyscloudjavascript
printf '[logging]\nlog_level = none\n' > home/.genesyscloudjavascript/config
cat > try.cjs <<'JAVASCRIPT'
const fs = require('node:fs');
const client = require('purecloud-platform-client-v2').ApiClient.instance;
const { config } = client;

const show = (when) => {
  const api = config.getConfUrl('api', config.basePath);
  console.log(`${when}: log level ${config.logger.log_level}, login at ${config.authUrl}, API through ${api}`);
};
client.setEnvironment('mypurecloud.de');
client.setGateway({ host: 'gateway.test', port: 8443 });
show('before');
// The SDK looks at the file every five seconds. A second look at a file that is as old as the first says nothing.
setTimeout(() => fs.writeFileSync(config.configPath, '[logging]\nlog_level = error\n'), 1500);
const end = Date.now() + 60000;
const timer = setInterval(() => {
  if (config.logger.log_level === 'none' && Date.now() < end) return;
  clearInterval(timer);
  show('after');
  process.exit(0);
}, 100);
JAVASCRIPT
seen=$(HOME=$folder/home node try.cjs)
echo "$seen"
[ "$seen" = 'before: log level none, login at https://login.mypurecloud.de, API through https://gateway.test:8443
after: log level error, login at https://login.mypurecloud.com, API through https://api.mypurecloud.com' ]
