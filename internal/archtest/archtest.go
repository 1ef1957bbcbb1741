// Package archtest holds the direction of imports: which package of this module may import which other
// one, and which modules from outside it may use. Its own test applies the rules to the whole module, so
// that a wrong import fails `go test ./...`. Test files are free.
package archtest

import (
	"fmt"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"
)

// Rule says what the packages that match Package may import besides the standard library and each other.
// Patterns are paths below the module's root, "." for the root itself; "x/..." is x and all below it.
type Rule struct {
	Package string
	// Own lists packages of this module.
	Own []string
	// Modules lists module paths from outside. Nil allows any but those in Never.
	Modules []string
	// Never lists import paths, with all below them, that are refused whatever else is allowed.
	Never []string
}

// Check reads every Go file of the module in root and returns one sentence for each import against the
// rules, in the order of file names. The first rule whose Package matches decides; a package that none
// matches is reported too, so that its place is decided when it is made. Nested modules are not read.
func Check(root fs.FS, module string, rules []Rule) ([]string, error) {
	var violations []string
	err := fs.WalkDir(root, ".", func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir():
			return skipDir(root, name)
		case path.Ext(name) != ".go" || strings.HasSuffix(name, "_test.go"):
			return nil
		}
		found, err := checkFile(root, module, name, rules)
		violations = append(violations, found...)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("check imports: %w", err)
	}
	return violations, nil
}

// skipDir leaves out what the go command leaves out of ./..., and what npm installs.
func skipDir(root fs.FS, name string) error {
	if name == "." {
		return nil
	}
	base := path.Base(name)
	if base == "testdata" || base == "node_modules" || strings.HasPrefix(base, ".") || strings.HasPrefix(base, "_") {
		return fs.SkipDir
	}
	if _, err := fs.Stat(root, path.Join(name, "go.mod")); err == nil {
		return fs.SkipDir
	}
	return nil
}

func checkFile(root fs.FS, module, name string, rules []Rule) ([]string, error) {
	pkg := path.Dir(name)
	rule, ok := ruleFor(pkg, rules)
	if !ok {
		return []string{fmt.Sprintf("%s: no rule says what package %s may import", name, pkg)}, nil
	}
	source, err := fs.ReadFile(root, name)
	if err != nil {
		return nil, err
	}
	file, err := parser.ParseFile(token.NewFileSet(), name, source, parser.ImportsOnly)
	if err != nil {
		return nil, err
	}
	var violations []string
	for _, spec := range file.Imports {
		imported, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			return nil, fmt.Errorf("%s: import %s: %w", name, spec.Path.Value, err)
		}
		if !rule.allows(module, imported) {
			violations = append(violations, fmt.Sprintf("%s: %s may not import %s", name, pkg, imported))
		}
	}
	return violations, nil
}

func ruleFor(pkg string, rules []Rule) (Rule, bool) {
	i := slices.IndexFunc(rules, func(rule Rule) bool { return matches(rule.Package, pkg) })
	if i < 0 {
		return Rule{}, false
	}
	return rules[i], true
}

func (r Rule) allows(module, imported string) bool {
	if slices.ContainsFunc(r.Never, func(never string) bool { return within(never, imported) }) {
		return false
	}
	if own, ok := ownPackage(module, imported); ok {
		return matches(r.Package, own) || slices.ContainsFunc(r.Own, func(p string) bool { return matches(p, own) })
	}
	if standard(imported) || r.Modules == nil {
		return true
	}
	return slices.ContainsFunc(r.Modules, func(allowed string) bool { return within(allowed, imported) })
}

// ownPackage returns the import path below the module's root.
func ownPackage(module, imported string) (string, bool) {
	if imported == module {
		return ".", true
	}
	return strings.CutPrefix(imported, module+"/")
}

// standard packages have no dot in their first element; module paths that can be fetched always do.
func standard(imported string) bool {
	first, _, _ := strings.Cut(imported, "/")
	return !strings.Contains(first, ".")
}

func matches(pattern, pkg string) bool {
	if parent, ok := strings.CutSuffix(pattern, "/..."); ok {
		return within(parent, pkg)
	}
	return pattern == pkg
}

func within(parent, child string) bool {
	return child == parent || strings.HasPrefix(child, parent+"/")
}
