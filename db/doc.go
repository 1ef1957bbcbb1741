// Package db opens PostgreSQL and brings its schema up to date. internal/app, the tests and any program that uses the
// engine call it. It knows no table but its own record of migrations: the engine's and the application's tables live in
// migrations/, and their queries in the packages that own them.
package db

//go:generate go run ./schemadump -file schema.sql
