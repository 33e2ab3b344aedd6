# For the measurements of the inference room: compiles that room alone, tests included, and runs a
# class of them.
jdk=$(./engram check | sed -n 's/^JDK *//p')
mvn=$(./engram check | sed -n 's/^Maven *//p')

run() {
  class=$1
  shift
  JAVA_HOME=$jdk "$mvn" -q -B -pl inference test-compile dependency:build-classpath \
    -Dmdep.outputFile=target/classpath -Dmdep.includeScope=test
  exec "$jdk/bin/java" --add-modules jdk.incubator.vector --enable-native-access=ALL-UNNAMED \
    -Xmx2g -Dcommit="$(git rev-parse --short HEAD)" \
    -cp "inference/target/test-classes:inference/target/classes:$(cat inference/target/classpath)" \
    "$class" "$@"
}
