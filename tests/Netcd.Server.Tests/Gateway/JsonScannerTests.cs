using System.Text;
using System.Text.Json;
using Netcd.Server.Gateway;

namespace Netcd.Server.Tests.Gateway;

public sealed class JsonScannerTests
{
    private const string Sample = """[{"key":"a\u00e9\n","n":[-0.5e+10,12,0,{}],"t":true,"f":false,"x":null},[],"",[[1 , 2]] ] tail""";
    private const string Alphabet = "{}[]:,\"\\ \n0123456789-+.eEtrufalsn/bx\u0001";

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void It_takes_and_refuses_the_same_texts_as_another_reader(int seed)
    {
        Random random = new(seed);
        int taken = 0;
        for (int round = 0; round < 20_000; round++)
        {
            byte[] text = Mutate(random);
            string? error = JsonScanner.FindValue(text, out ReadOnlySpan<byte> value);
            bool isValid = TryReadFirst(text, out int length);
            Assert.True(isValid == (error is null), Encoding.UTF8.GetString(text) + ": " + error);
            Assert.True(!isValid || length == value.Length, Encoding.UTF8.GetString(text));
            taken += isValid ? 1 : 0;
        }

        Assert.InRange(taken, 100, 19_900);
    }

    [Fact]
    public void Only_spaces_are_no_value()
    {
        Assert.Null(JsonScanner.FindValue(" \t\r\n"u8, out ReadOnlySpan<byte> value));
        Assert.True(value.IsEmpty);
    }

    /// <summary>The sample with a few characters replaced, put in or taken out; the first stays, so that it is one value.</summary>
    private static byte[] Mutate(Random random)
    {
        StringBuilder text = new(Sample);
        for (int change = random.Next(3); change >= 0; change--)
        {
            int place = random.Next(1, text.Length);
            char character = Alphabet[random.Next(Alphabet.Length)];
            switch (random.Next(3))
            {
                case 0:
                    text[place] = character;
                    break;
                case 1:
                    text.Insert(place, character);
                    break;
                default:
                    text.Remove(place, random.Next(1, text.Length - place + 1));
                    break;
            }

            if (text.Length < 2)
            {
                break;
            }
        }

        return Encoding.UTF8.GetBytes(text.ToString());
    }

    private static bool TryReadFirst(byte[] text, out int length)
    {
        Utf8JsonReader reader = new(text, new JsonReaderOptions { AllowMultipleValues = true });
        length = 0;
        try
        {
            do
            {
                if (!reader.Read())
                {
                    return false;
                }
            }
            while (reader.CurrentDepth > 0 || reader.TokenType is JsonTokenType.StartArray or JsonTokenType.StartObject);
            length = (int)reader.BytesConsumed;
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }
}
