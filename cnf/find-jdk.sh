# Finds a JDK 25 for mvnw and godwit; both source this file and call godwit_find_jdk.
# It looks at JAVA_HOME, the usual places and PATH, and sets JAVA_HOME to the first JDK 25 with a compiler.
# shellcheck shell=bash

godwit_is_jdk25() {
  [ -x "$1/bin/java" ] && [ -x "$1/bin/javac" ] && [ -f "$1/release" ] \
    && grep -Eq '^JAVA_VERSION="25([."+-]|$)' "$1/release"
}

godwit_jdk_candidates() {
  [ -z "${JAVA_HOME:-}" ] || printf '%s\n' "$JAVA_HOME"
  local found
  for found in /usr/lib/jvm/*25* "$HOME"/.sdkman/candidates/java/25* "$HOME"/.jdks/*25* /opt/*25* \
    /opt/*/*25* "$HOME"/.local/share/mise/installs/java/*25* /Library/Java/JavaVirtualMachines/*25*/Contents/Home; do
    [ -d "$found" ] && printf '%s\n' "$found"
  done
  found=$(command -v javac 2>/dev/null) && found=$(readlink -f "$found") && printf '%s\n' "${found%/bin/javac}"
  return 0
}

godwit_find_jdk() {
  local candidate
  while IFS= read -r candidate; do
    if godwit_is_jdk25 "$candidate"; then
      export JAVA_HOME="$candidate"
      return 0
    fi
  done < <(godwit_jdk_candidates 2>/dev/null)
  echo "Godwit needs a JDK 25 and found none in JAVA_HOME, /usr/lib/jvm, ~/.sdkman, /opt or PATH:" \
    "install one (for example the package temurin-25-jdk, or 'sdk install java 25-tem') or set JAVA_HOME to it." >&2
  return 1
}
