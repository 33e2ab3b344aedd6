# For the measurements of the inference room: compiles that room alone, tests included, and runs a
# class of them.
jdk=$(./engram check | sed -n 's/^JDK *//p')
mvn=$(./engram check | sed -n 's/^Maven *//p')

compile() {
  JAVA_HOME=$jdk "$mvn" -q -B -pl inference test-compile dependency:build-classpath \
    -Dmdep.outputFile=target/classpath -Dmdep.includeScope=test
}

# The heap never grows or shrinks: so what a process holds beside it can be told.
java() {
  "$jdk/bin/java" --add-modules jdk.incubator.vector --enable-native-access=ALL-UNNAMED \
    -Xms1g -Xmx1g -XX:+AlwaysPreTouch -Dcommit="$(git rev-parse --short HEAD)" \
    -cp "inference/target/test-classes:inference/target/classes:$(cat inference/target/classpath)" \
    "$@"
}

run() {
  compile
  java "$@"
}

# first_token MODEL VOCABULARY PROMPT ENCODER OUT: through the whole server, which is built for it.
first_token() {
  JAVA_HOME=$jdk "$mvn" -q -B -pl bench -am package -DskipTests dependency:build-classpath \
    -Dmdep.outputFile=target/classpath -Dmdep.includeScope=runtime
  "$jdk/bin/java" --enable-native-access=ALL-UNNAMED \
    -cp "bench/target/classes:$(cat bench/target/classpath)" engram.bench.FirstTokenMeasurement \
    --model "$PWD/$1" --vocabulary "$2" --prompts "16,$3" --encoder "$PWD/$4" --out "$5"
}
