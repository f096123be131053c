using System.Diagnostics;
using System.Text;
using Grpc.Core;
using Microsoft.Extensions.Logging.Abstractions;
using Netcd.Protocol.Errors;
using Netcd.Server.Auth;

namespace Netcd.Server.Tests.Auth;

/// <summary>bcrypt as etcd has it.</summary>
public sealed class PasswordHasherTests
{
    private static readonly PasswordHasher Hasher = new(4, NullLogger.Instance);

    /// <summary>Hashes of other programs: Go's own test, OpenBSD's, PHP's, and Openwall's for an empty password.</summary>
    [Theory]
    [InlineData("allmine", "$2a$10$XajjQvNhvvRt5GSeFk1xFeyqRrsxkhBkUiQeg0dt.wU1qD4aFDcga")]
    [InlineData("U*U", "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW")]
    [InlineData("U*U", "$2y$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW")]
    [InlineData("U*U", "$2b$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW")]
    [InlineData("", "$2a$05$CCCCCCCCCCCCCCCCCCCCC.7uG0VCzI2bS7j6ymqJi9CdcdxiRTWNy")]
    public void Hashes_of_other_programs_are_verified(string password, string hash)
    {
        Assert.True(Hasher.Verify(password, Encoding.ASCII.GetBytes(hash)));
        Assert.False(Hasher.Verify(password + "x", Encoding.ASCII.GetBytes(hash)));
    }

    [Theory]
    [InlineData("secret")]
    [InlineData("")]
    [InlineData("pässwörd ☃ 𝄞")]
    [InlineData("a\0b")]
    public void A_hash_has_its_own_salt_and_verifies_its_password_alone(string password)
    {
        byte[] hash = Hasher.Hash(password);
        Assert.Matches(@"^\$2a\$04\$[./A-Za-z0-9]{53}$", Encoding.ASCII.GetString(hash));
        Assert.True(Hasher.Verify(password, hash));
        Assert.False(Hasher.Verify(password + "x", hash) || Hasher.Verify("x" + password, hash));
        Assert.NotEqual(hash, Hasher.Hash(password));
    }

    [Fact]
    public void A_password_of_more_than_72_bytes_cannot_be_set_and_is_cut_where_it_is_checked()
    {
        string longest = new('é', 36);
        byte[] hash = Hasher.Hash(longest);
        Assert.True(Hasher.Verify(longest, hash) && Hasher.Verify(longest + "more", hash));
        Assert.False(Hasher.Verify(longest[..^1] + "xy", hash) || Hasher.Verify(longest[..^1], hash));
        EtcdException failure = Assert.Throws<EtcdException>(() => Hasher.Hash(longest + "x"));
        Assert.Equal(new EtcdError(StatusCode.Unknown, "bcrypt: password length exceeds 72 bytes"), failure.Error);
    }

    [Theory]
    [InlineData("")]
    [InlineData("allmine")]
    [InlineData("$2a$10$")]
    [InlineData("$2a$10$XajjQvNhvvRt5GSeFk1xFeyqRrsxkhBkUiQeg0dt.wU1qD4aFDcg")]
    [InlineData("$2a$10$XajjQvNhvvRt5GSeFk1xFeyqRrsxkhBkUiQeg0dt.wU1qD4aFDcgaa")]
    [InlineData("$2a$10$XajjQvNhvvRt5GSeFk1xFe.yqRrsxkhBkUiQeg0dt.wU1qD4aFDcga")]
    [InlineData("$3a$10$XajjQvNhvvRt5GSeFk1xFeyqRrsxkhBkUiQeg0dt.wU1qD4aFDcga")]
    [InlineData("$2a$03$XajjQvNhvvRt5GSeFk1xFeyqRrsxkhBkUiQeg0dt.wU1qD4aFDcga")]
    [InlineData("$2a$32$XajjQvNhvvRt5GSeFk1xFeyqRrsxkhBkUiQeg0dt.wU1qD4aFDcga")]
    [InlineData("$2a$-1$XajjQvNhvvRt5GSeFk1xFeyqRrsxkhBkUiQeg0dt.wU1qD4aFDcga")]
    [InlineData("$2a$10$Xajj!vNhvvRt5GSeFk1xFeyqRrsxkhBkUiQeg0dt.wU1qD4aFDcga")]
    public void What_is_no_hash_verifies_nothing(string hash)
    {
        Assert.False(Hasher.Verify("allmine", Encoding.ASCII.GetBytes(hash)));
        Assert.False(Hasher.Verify("", Encoding.ASCII.GetBytes(hash)));
    }

    [Theory]
    [InlineData(4, 4)]
    [InlineData(31, 31)]
    [InlineData(3, 10)]
    [InlineData(32, 10)]
    [InlineData(0, 10)]
    [InlineData(long.MaxValue, 10)]
    public void A_cost_that_bcrypt_does_not_have_becomes_10_with_a_warning(long given, int cost)
    {
        EventList log = new();
        Assert.Equal(cost, new PasswordHasher(given, log).Cost);
        Assert.Equal(given == cost ? [] : ["use default bcrypt cost instead of the invalid given cost"], log.Messages);
    }

    [Fact]
    public void A_log_in_of_a_user_that_does_not_exist_takes_as_long_as_any_other()
    {
        PasswordHasher hasher = new(7, NullLogger.Instance);
        byte[] hash = hasher.Hash("secret");

        // On a busy machine any one may be interrupted: the shortest of many counts, and there are more where that is not enough.
        double verify = double.MaxValue;
        double dummy = double.MaxValue;
        for (int round = 0; round < 20 && dummy / verify is < 0.7 or > 1.4 or 1; round++)
        {
            for (int repeat = 0; repeat < 6; repeat++)
            {
                verify = Math.Min(verify, TimeOf(() => hasher.Verify("wrong", hash)));
                dummy = Math.Min(dummy, TimeOf(() => hasher.VerifyDummy("wrong")));
            }
        }

        Assert.InRange(dummy / verify, 0.7, 1.4);
    }

    private static double TimeOf(Action action)
    {
        long start = Stopwatch.GetTimestamp();
        action();
        return Stopwatch.GetElapsedTime(start).TotalMilliseconds;
    }
}
