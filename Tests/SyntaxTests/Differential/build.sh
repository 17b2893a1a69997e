#!/bin/sh
# Builds the driver as /tmp/h1drv/drv, where the scripts here look for it. Run from the top of the repository.
mkdir -p /tmp/h1drv/src && cp Tests/SyntaxTests/Differential/driver.swift /tmp/h1drv/src/main.swift &&
swiftc -O -wmo -swift-version 5 Sources/Support/*.swift Sources/Syntax/*.swift /tmp/h1drv/src/main.swift -o /tmp/h1drv/drv
