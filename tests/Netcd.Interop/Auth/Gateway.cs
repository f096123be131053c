using System.Text.Json;
using System.Text.Json.Nodes;
using Google.Protobuf;
using Google.Protobuf.Reflection;

namespace Netcd.Interop.Auth;

/// <summary>The same calls over the JSON gateway.</summary>
internal static class Gateway
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(8);

    /// <summary>Makes a call. Of a stream the first line counts.</summary>
    /// <param name="http">Its base address is the server.</param>
    /// <param name="path">What follows <c>/v3/</c>.</param>
    /// <param name="method">The method that the path stands for.</param>
    /// <param name="request">Its request.</param>
    /// <param name="token">The token; null for none.</param>
    public static async Task<string> AnswerAsync(
        HttpClient http, string path, MethodDescriptor method, IMessage request, string? token = null)
    {
        using CancellationTokenSource late = new(Deadline);
        try
        {
            return await AnswerAsync(http, path, method, request, token, late.Token);
        }
        catch (OperationCanceledException)
        {
            return "no answer";
        }
    }

    private static async Task<string> AnswerAsync(
        HttpClient http, string path, MethodDescriptor method, IMessage request, string? token, CancellationToken late)
    {
        using HttpRequestMessage posted = new(HttpMethod.Post, "/v3/" + path) { Content = new StringContent(request.ToString()!) };
        if (token is not null)
        {
            posted.Headers.TryAddWithoutValidation("Authorization", token);
        }

        using HttpResponseMessage response = await http.SendAsync(posted, HttpCompletionOption.ResponseHeadersRead, late);
        using StreamReader body = new(await response.Content.ReadAsStreamAsync(late));
        string line = await body.ReadLineAsync(late) ?? "";
        return response.IsSuccessStatusCode ? Describe(line, method) : $"{(int)response.StatusCode} {Normal(line)}";
    }

    private static string Describe(string line, MethodDescriptor method)
    {
        if (line.Length == 0 || JsonNode.Parse(line) is not JsonObject answer)
        {
            return $"200 '{line}'";
        }

        if (method.IsServerStreaming)
        {
            if (answer["result"] is not JsonObject first)
            {
                return Normal(line);
            }

            answer = first;
        }

        IMessage message = (IMessage)Activator.CreateInstance(method.OutputType.ClrType)!;
        JsonParser parser = new(JsonParser.Settings.Default.WithIgnoreUnknownFields(true));
        return Rpc.Describe(parser.Parse(answer.ToJsonString(), message.Descriptor));
    }

    /// <summary>Go writes fields in an order of its own, and one of two kinds of space.</summary>
    private static string Normal(string line)
    {
        try
        {
            return JsonNode.Parse(line)?.ToJsonString() ?? line;
        }
        catch (JsonException)
        {
            return line;
        }
    }
}
