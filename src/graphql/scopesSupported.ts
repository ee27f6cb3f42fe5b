import { Arg, Ctx, Int, Query, Resolver } from "type-graphql";
import { badInput } from "../domain/kernel/errors.ts";
import { scopesSupported } from "../domain/policy/scopesSupported.ts";
import type { GraphqlContext } from "./context.ts";

const MOST = 1_000;

@Resolver()
export class ScopesSupportedResolver {
  @Query(() => [String], {
    description:
      "What an authorization server puts into its metadata as `scopes_supported` (RFC 8414): the registered scopes that are active, and the protocol scopes that everybody knows by name, in the order of their characters. Where as many as `first` came, ask on with the last of them as `after`.",
  })
  scopesSupported(
    @Arg("first", () => Int, { defaultValue: MOST, description: `At most so many, 1 to ${MOST}.` }) first: number,
    @Arg("after", () => String, { nullable: true, description: "Only scopes after this name." }) after: string | null,
    @Ctx() { domain }: GraphqlContext,
  ): readonly string[] {
    if (first < 1 || first > MOST) throw badInput([{ path: "first", message: `must be from 1 to ${MOST}` }]);
    return scopesSupported(domain.policy.current(), { first, after: after ?? null });
  }
}
