using Microsoft.Extensions.Time.Testing;
using Netcd.Server.Auth;

namespace Netcd.Server.Tests.Auth;

/// <summary>Simple tokens: whose they are, how long they live, and how many there can be.</summary>
public sealed class SimpleTokensTests
{
    private readonly FakeTimeProvider clock = new();

    [Fact]
    public void A_prefix_is_sixteen_random_letters()
    {
        using SimpleTokens tokens = new(TimeSpan.FromMinutes(1), clock);
        string[] prefixes = [.. Enumerable.Range(0, 400).Select(_ => tokens.NewPrefix())];
        Assert.All(prefixes, static prefix => Assert.Matches("^[a-zA-Z]{16}$", prefix));
        Assert.Equal(prefixes.Length, prefixes.Distinct().Count());

        // 6,400 letters: that one of 52 is missing by chance has a probability of about 1e-52.
        Assert.Equal(52, string.Concat(prefixes).Distinct().Count());
    }

    [Fact]
    public void A_token_names_its_user_as_of_the_revision_of_now()
    {
        using SimpleTokens tokens = new(TimeSpan.FromMinutes(1), clock);
        string token = tokens.Issue("alice", 3, "abcdefghijklmnop.17");
        Assert.Equal("abcdefghijklmnop.17", token);
        Assert.False(tokens.TryIdentify(token, 5, out _));
        tokens.Assign(token, "alice");
        tokens.Assign("bcdefghijklmnopq.18", "bob");
        Assert.True(tokens.TryIdentify(token, 5, out TokenIdentity alice));
        Assert.Equal(new TokenIdentity("alice", 5), alice);
        Assert.True(tokens.TryIdentify("bcdefghijklmnopq.18", 6, out TokenIdentity bob));
        Assert.Equal(new TokenIdentity("bob", 6), bob);
        Assert.True(tokens.IsIssuing);
    }

    [Fact]
    public void Tokens_that_nobody_has_issued_are_refused_and_leave_nothing_behind()
    {
        using SimpleTokens tokens = new(TimeSpan.FromMinutes(1), clock);
        tokens.Assign("abcdefghijklmnop.17", "alice");
        string[] madeUp =
        [
            "", ".", "abcdefghijklmnop.18", "abcdefghijklmnop.17 ", "Abcdefghijklmnop.17", "abcdefghijklmnop", "\0",
            new string('x', 1_000_000),
        ];
        Assert.All(madeUp, token => Assert.False(tokens.TryIdentify(token, 1, out _)));
        Assert.Equal(1, tokens.Count);
    }

    [Fact]
    public void A_token_in_use_lives_on_and_one_that_is_not_used_expires()
    {
        using SimpleTokens tokens = new(TimeSpan.FromSeconds(10), clock);
        tokens.Assign("used.1", "alice");
        tokens.Assign("idle.2", "bob");
        for (int seconds = 0; seconds < 45; seconds += 9)
        {
            Assert.True(tokens.TryIdentify("used.1", 1, out _));
            clock.Advance(TimeSpan.FromSeconds(9));
        }

        Assert.True(tokens.TryIdentify("used.1", 1, out _));
        Assert.False(tokens.TryIdentify("idle.2", 1, out _));
        Assert.Equal(1, tokens.Count);
        clock.Advance(TimeSpan.FromSeconds(12));
        Assert.False(tokens.TryIdentify("used.1", 1, out _));
        Assert.Equal(0, tokens.Count);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    public void A_life_of_nothing_is_five_minutes(int seconds)
    {
        using SimpleTokens tokens = new(TimeSpan.FromSeconds(seconds), clock);
        tokens.Assign("a.1", "alice");
        clock.Advance(TimeSpan.FromSeconds(299));
        Assert.True(tokens.TryIdentify("a.1", 1, out _));
        clock.Advance(TimeSpan.FromSeconds(302));
        Assert.False(tokens.TryIdentify("a.1", 1, out _));
    }

    [Fact]
    public void The_longest_life_that_a_flag_can_name_is_one()
    {
        using SimpleTokens tokens = new(TimeSpan.MaxValue, TimeProvider.System);
        tokens.Assign("a.1", "alice");
        Assert.True(tokens.TryIdentify("a.1", 1, out _));
    }

    [Fact]
    public void A_user_loses_its_tokens_and_can_have_new_ones()
    {
        using SimpleTokens tokens = new(TimeSpan.FromMinutes(1), clock);
        tokens.Assign("a.1", "alice");
        tokens.Assign("a.2", "alice");
        tokens.Assign("b.3", "bob");
        tokens.InvalidateUser("alice");
        tokens.InvalidateUser("nobody");
        Assert.False(tokens.TryIdentify("a.1", 1, out _) || tokens.TryIdentify("a.2", 1, out _));
        tokens.Assign("a.4", "alice");
        Assert.True(tokens.TryIdentify("a.4", 1, out _) && tokens.TryIdentify("b.3", 1, out _));
        clock.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(2, tokens.Count);
        tokens.Clear();
        Assert.False(tokens.TryIdentify("a.4", 1, out _) || tokens.TryIdentify("b.3", 1, out _));
        Assert.Equal(0, tokens.Count);
    }

    [Fact]
    public void Where_there_are_too_many_one_that_was_not_used_leaves_and_not_the_last_that_was()
    {
        using SimpleTokens tokens = new(TimeSpan.FromMinutes(1), clock, maxTokens: 4);
        foreach (int index in Enumerable.Range(0, 4))
        {
            tokens.Assign($"a.{index}", "alice");
            clock.Advance(TimeSpan.FromSeconds(1));
        }

        // All but 2 are used since, 1 first.
        foreach (int index in (int[])[1, 3, 0])
        {
            Assert.True(tokens.TryIdentify($"a.{index}", 1, out _));
            clock.Advance(TimeSpan.FromSeconds(1));
        }

        tokens.Assign("a.4", "alice");
        Assert.False(tokens.TryIdentify("a.2", 1, out _));
        clock.Advance(TimeSpan.FromSeconds(1));
        tokens.Assign("a.5", "alice");
        Assert.True(tokens.TryIdentify("a.1", 1, out _) != tokens.TryIdentify("a.3", 1, out _));
        Assert.All((int[])[0, 4, 5], index => Assert.True(tokens.TryIdentify($"a.{index}", 1, out _)));
        Assert.Equal((4, 2L), (tokens.Count, tokens.Evictions));
    }

    [Fact]
    public void A_flood_of_new_tokens_takes_none_that_is_in_use()
    {
        using SimpleTokens tokens = new(TimeSpan.FromMinutes(5), clock, maxTokens: 500);
        string[] inUse = [.. Enumerable.Range(0, 100).Select(static index => $"used.{index}")];
        foreach (string token in inUse)
        {
            tokens.Assign(token, "alice");
        }

        for (int index = 0; index < 20_000; index++)
        {
            tokens.Assign($"flood.{index}", "mallory");
            if (index % 100 == 0)
            {
                clock.Advance(TimeSpan.FromSeconds(1));
                Assert.All(inUse, token => Assert.True(tokens.TryIdentify(token, 1, out _)));
            }
        }

        Assert.Equal(500, tokens.Count);
        Assert.Equal(20_000 - 400, tokens.Evictions);
    }

    [Fact]
    public void A_token_that_is_assigned_again_counts_once()
    {
        using SimpleTokens tokens = new(TimeSpan.FromSeconds(10), clock, maxTokens: 2);
        tokens.Assign("a.1", "alice");
        tokens.Assign("a.1", "alice");
        tokens.Assign("a.2", "alice");
        Assert.Equal((2, 0L), (tokens.Count, tokens.Evictions));
    }

    [Fact]
    public void To_identify_a_token_allocates_nothing()
    {
        using SimpleTokens tokens = new(TimeSpan.FromMinutes(5), TimeProvider.System);
        tokens.Assign("abcdefghijklmnop.17", "alice");
        bool isKnown = Identify(tokens, 1_000);
        long before = GC.GetAllocatedBytesForCurrentThread();
        isKnown &= Identify(tokens, 10_000);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.True(isKnown);
    }

    [Fact]
    public async Task Threads_that_identify_assign_and_invalidate_at_once_never_see_the_token_of_another_user()
    {
        using SimpleTokens tokens = new(TimeSpan.FromMilliseconds(50), TimeProvider.System, maxTokens: 200);
        using CancellationTokenSource enough = new(TimeSpan.FromSeconds(1.5));
        using CancellationTokenSource end = new(TimeSpan.FromSeconds(60));
        long identified = 0;
        Task[] readers = [.. Enumerable.Range(0, 3).Select(reader => Task.Run(() =>
        {
            for (int index = reader; !end.IsCancellationRequested; index++)
            {
                if (tokens.TryIdentify($"t.{index % 1_000}", 7, out TokenIdentity identity))
                {
                    Assert.Equal(new TokenIdentity($"user{index % 1_000 % 5}", 7), identity);
                    Interlocked.Increment(ref identified);
                }
            }
        }))];

        // On a busy machine the readers may not have begun when the time is over.
        bool IsOver() => enough.IsCancellationRequested && (Volatile.Read(ref identified) > 0 || end.IsCancellationRequested);
        for (int index = 0; !IsOver(); index++)
        {
            tokens.Assign($"t.{index % 1_000}", $"user{index % 1_000 % 5}");
            if (index % 5_000 == 0)
            {
                tokens.InvalidateUser($"user{index % 5}");
            }

            if (index % 40_001 == 0)
            {
                tokens.Clear();
            }
        }

        await end.CancelAsync();
        await Task.WhenAll(readers);
        Assert.InRange(tokens.Count, 0, 200);
        Assert.True(identified > 0);
    }

    [Theory]
    [InlineData("abc.7", 7)]
    [InlineData(".0", 0)]
    [InlineData("a.18446744073709551615", ulong.MaxValue)]
    public void A_token_says_which_entry_made_it(string token, ulong index)
    {
        Assert.True(SimpleTokens.TryReadIndex(token, out ulong found));
        Assert.Equal(index, found);
    }

    [Theory]
    [InlineData("abc")]
    [InlineData("abc.")]
    [InlineData("abc.x")]
    [InlineData("a.b.7")]
    [InlineData("a.-7")]
    [InlineData("a.+7")]
    [InlineData("a. 7")]
    [InlineData("a.18446744073709551616")]
    public void What_has_no_index_is_no_simple_token(string token) => Assert.False(SimpleTokens.TryReadIndex(token, out _));

    private static bool Identify(SimpleTokens tokens, int times)
    {
        bool isKnown = true;
        for (int index = 0; index < times; index++)
        {
            isKnown &= tokens.TryIdentify("abcdefghijklmnop.17", 5, out _);
        }

        return isKnown;
    }
}
