package auth

import (
	"context"
	"errors"
	"log/slog"
	"net/netip"
	"strings"
	"time"

	"github.com/taskwire/taskwire/internal/quota"
)

// Options say how callers prove who they are, and how much each may use. With neither Keys nor Provider, everybody is
// [Local].
type Options struct {
	Keys           *Keys     // nil: API keys are not taken
	Provider       *Provider // nil: tokens are not taken
	Limits         Limits
	TrustedProxies []netip.Prefix // whose X-Forwarded-For is believed
	AllowedHosts   []string       // names of this server in lower case, beside localhost, while everybody is Local
	Logger         *slog.Logger   // default: slog.Default()
}

// Limits of each principal. Zero: none.
type Limits struct {
	Requests      float64 // a second, ten times as many at once
	Cost          float64 // points a second, ten times as many at once; see [Guard.Spend]
	Sockets       int     // open at once
	Subscriptions int     // that run at once, on all its sockets and streams
}

const (
	burstSeconds       = 10
	rememberedCallers  = 10_000
	failuresPerSecond  = 10 // of one address
	failuresAtOnce     = 50
	revocationInterval = 2 * time.Second
	checkTimeout       = 10 * time.Second // for the database, or the provider
)

// Guard lets requests in. It is safe for concurrent use.
type Guard struct {
	keys     *Keys
	provider *Provider
	proxies  []netip.Prefix
	hosts    []string
	log      *slog.Logger
	held     *sessions
	refusals refusals

	requests, costs, failures *quota.Rate
	sockets, subscriptions    *quota.Count
}

// NewGuard returns a guard.
func NewGuard(o Options) *Guard {
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	g := &Guard{
		keys: o.Keys, provider: o.Provider, proxies: o.TrustedProxies, hosts: o.AllowedHosts, log: o.Logger, held: newSessions(o.Keys, o.Logger),
		refusals: newRefusals(),
		requests: rateOf(o.Limits.Requests), costs: rateOf(o.Limits.Cost),
		failures: quota.NewRate(failuresPerSecond, failuresAtOnce, rememberedCallers),
	}
	if o.Limits.Sockets > 0 {
		g.sockets = quota.NewCount(o.Limits.Sockets)
	}
	if o.Limits.Subscriptions > 0 {
		g.subscriptions = quota.NewCount(o.Limits.Subscriptions)
	}
	return g
}

func rateOf(perSecond float64) *quota.Rate {
	if perSecond <= 0 {
		return nil
	}
	return quota.NewRate(perSecond, max(1, int(perSecond*burstSeconds)), rememberedCallers)
}

// IsOpen reports whether nobody has to say who they are.
func (g *Guard) IsOpen() bool { return g.keys == nil && g.provider == nil }

// Spend counts what an operation costs against the limit of the principal of ctx. Errors: [*Error].
func (g *Guard) Spend(ctx context.Context, cost int) error {
	if wait, ok := g.costs.Take(limitName(ctx), cost, time.Now()); !ok {
		return g.refusals.count(tooMany("Your operations have cost too much in a short time. Ask for less, or more slowly.", wait))
	}
	return nil
}

// Subscribe counts a subscription of the principal of ctx until ctx ends. Errors: [*Error].
func (g *Guard) Subscribe(ctx context.Context) error {
	leave, ok := g.subscriptions.Enter(limitName(ctx))
	if !ok {
		return g.refusals.count(tooMany("You have too many subscriptions open at once.", time.Second))
	}
	context.AfterFunc(ctx, leave)
	return nil
}

// limitName is under which name a caller's use is counted.
func limitName(ctx context.Context) string {
	if p := Of(ctx); p.Role != NoRole || p.Subject != "" {
		return p.Subject
	}
	return addressOf(ctx)
}

// authenticate returns whose credential this is: the value of an Authorization header. What keeps it from being checked is
// logged; the caller learns that it can try again.
func (g *Guard) authenticate(ctx context.Context, header string) (Principal, *Error) {
	address := addressOf(ctx)
	if g.failures.IsSpent(address, time.Now()) {
		return Principal{}, tooMany("Too many credentials from your address were wrong.", time.Second)
	}
	p, err := g.check(ctx, header)
	known := (*Error)(nil)
	switch {
	case err == nil:
		return p, nil
	case !errors.As(err, &known):
		if ctx.Err() == nil { // else the caller has gone
			g.log.ErrorContext(ctx, "A caller could not be authenticated.", "error", err)
		}
		return Principal{}, unavailable("Who you are cannot be checked now. Try again in a moment.")
	case known.Code == CodeUnauthenticated:
		_, _ = g.failures.Take(address, 1, time.Now()) // less than one left is as good
	}
	return Principal{}, known
}

func (g *Guard) check(ctx context.Context, header string) (Principal, error) {
	ctx, cancel := context.WithTimeout(ctx, checkTimeout)
	defer cancel()
	scheme, token, _ := strings.Cut(header, " ")
	token = strings.TrimSpace(token)
	switch {
	case !strings.EqualFold(scheme, "Bearer") || token == "":
		return Principal{}, refused(errors.New(`it must be "Bearer" and an API key or a token`))
	case isSecret(token) && g.keys != nil:
		p, err := g.keys.authenticate(ctx, token)
		return p, explainKey(err)
	case isSecret(token):
		return Principal{}, refused(errors.New("API keys are not in use here"))
	case g.provider != nil:
		return g.provider.authenticate(ctx, token)
	}
	return Principal{}, refused(errors.New("it is no API key"))
}

func explainKey(err error) error {
	for _, known := range []error{errMistyped, errUnknownKey, errEndedKey} {
		if errors.Is(err, known) {
			return refused(known)
		}
	}
	return err
}
