package graph

import (
	"github.com/99designs/gqlgen/graphql/handler"
	"github.com/99designs/gqlgen/graphql/handler/extension"
	"github.com/vektah/gqlparser/v2/validator/core"
	"github.com/vektah/gqlparser/v2/validator/rules"
)

// allowIntrospection lets clients ask for the schema, or keeps it from them: then errors suggest no names either, from which
// it could be pieced together.
func allowIntrospection(server *handler.Server, allowed bool) {
	if allowed {
		server.Use(extension.Introspection{})
		return
	}
	server.SetDisableSuggestion(true) // or gqlgen puts two of the rules back
	server.SetValidationRulesFn(silentRules)
}

// silentRules are the rules of the specification without "Did you mean".
func silentRules() *rules.Rules {
	silent := rules.NewDefaultRules()
	for _, pair := range [][2]core.Rule{
		{rules.FieldsOnCorrectTypeRule, rules.FieldsOnCorrectTypeRuleWithoutSuggestions},
		{rules.KnownArgumentNamesRule, rules.KnownArgumentNamesRuleWithoutSuggestions},
		{rules.KnownTypeNamesRule, rules.KnownTypeNamesRuleWithoutSuggestions},
		{rules.ScalarLeafsRule, rules.ScalarLeafsRuleWithoutSuggestions},
		{rules.ValuesOfCorrectTypeRule, rules.ValuesOfCorrectTypeRuleWithoutSuggestions},
	} {
		silent.RemoveRule(pair[0].Name)
		silent.AddRule(pair[1].Name, pair[1].RuleFunc)
	}
	return silent
}
